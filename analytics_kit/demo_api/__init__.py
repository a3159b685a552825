"""A seeded API of the contract over real HTTP, with faults on request.

Start it with ``python -m analytics_kit.demo_api``.

An island: nothing here imports the rest of the package, and nothing there imports this.
"""
