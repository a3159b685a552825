"""The looks of the picker, in the colours of JupyterLab's theme."""

from __future__ import annotations

CSS = """<style>
.analytics-kit-picker { color: var(--jp-ui-font-color1, #222); max-width: 1360px; container-type: inline-size; }
.analytics-kit-picker .widget-html-content { line-height: 1.4; }
.analytics-kit-picker .ak-side { border: 1px solid var(--jp-border-color2, #ddd); padding: 6px 10px; margin: 2px; }
.analytics-kit-picker h4 { margin: 6px 0 2px; font-size: var(--jp-ui-font-size1, 13px); font-weight: 600;
  color: var(--jp-ui-font-color1, #222); }
.analytics-kit-picker .ak-list > * { border-top: 1px solid var(--jp-border-color3, #eee); margin: 0;
  height: 100%; min-height: 32px; display: flex; align-items: center; }
.analytics-kit-picker .widget-toggle-buttons { display: flex; }
.analytics-kit-picker .ak-note { color: var(--jp-ui-font-color1, #222); font-size: var(--jp-ui-font-size0, 11px); }
.analytics-kit-picker .ak-badge { display: inline-block; padding: 0 6px; margin-right: 6px; line-height: 1.5;
  border: 1px solid var(--jp-border-color1, #bbb); border-radius: 3px; font-size: var(--jp-ui-font-size0, 11px);
  background: var(--jp-layout-color1, #fff); color: var(--jp-ui-font-color1, #222); white-space: nowrap; }
.analytics-kit-picker .ak-badge-loaded { border-left: 4px solid var(--jp-success-color1, #388e3c); }
.analytics-kit-picker .ak-badge-empty { border-left: 4px solid var(--jp-info-color1, #0097a7); }
.analytics-kit-picker .ak-badge-partial { border-left: 4px solid var(--jp-warn-color1, #f57c00); }
.analytics-kit-picker .ak-badge-failed { border-left: 4px solid var(--jp-error-color1, #d32f2f); }
.analytics-kit-picker .ak-card { border: 1px solid var(--jp-border-color1, #bbb); padding: 4px 10px; margin: 4px 0;
  border-left: 4px solid var(--jp-error-color1, #d32f2f); background: var(--jp-layout-color1, #fff); }
.analytics-kit-picker .ak-card-partial { border-left-color: var(--jp-warn-color1, #f57c00); }
.analytics-kit-picker .ak-card p { margin: 2px 0; overflow-wrap: anywhere; }
.analytics-kit-picker .ak-code textarea { font-family: var(--jp-code-font-family, monospace);
  font-size: var(--jp-code-font-size, 13px); white-space: pre; }
.analytics-kit-picker button.ak-copy { font: inherit; color: var(--jp-ui-font-color1, #222); padding: 4px 12px;
  background: var(--jp-layout-color2, #eee); border: 1px solid var(--jp-border-color1, #bbb); cursor: pointer; }
.analytics-kit-picker :is(button, input, select, textarea):focus-visible {
  outline: 2px solid var(--jp-brand-color1, #1976d2); outline-offset: 1px; }
.analytics-kit-picker .ak-dictionary { max-height: 420px; overflow: auto; }
.analytics-kit-picker .ak-dictionary table { border-collapse: collapse; margin: 0;
  font-size: var(--jp-ui-font-size1, 13px); }
.analytics-kit-picker .ak-dictionary :is(th, td) { text-align: left; padding: 2px 8px; vertical-align: top;
  border-bottom: 1px solid var(--jp-border-color3, #eee); color: var(--jp-ui-font-color1, #222); }
</style>"""

SUMMARY_CSS = """<style>
.jp-OutputArea:has(.analytics-kit-picker) .jp-OutputArea-child:has(> .jp-OutputArea-output .analytics-kit-summary) {
  display: none; }
.jp-OutputArea:has(.analytics-kit-summary):not(:has(.analytics-kit-picker))
  > .jp-OutputArea-child:has(> .jp-OutputArea-output.jupyter-widgets) { display: none; }
</style>"""
