"""What there is on the platform side: people, settings, agents, contexts, Helm repositories."""

from __future__ import annotations

from analytics_kit.catalog.entry import ChildTable, Paging, Resource, column

LOGINS = ChildTable(
    name="accounts__logins",
    column="logins",
    path=("logins",),
    parent_key="accounts_id",
    columns=(
        column("idp__id", "text", "idp.id", "Identity provider"),
        column("permissions", "json", "permissions", "What the login allows: list of text"),
        column("personal_git", "bool", "personalGit", "Whether it is the user's own git login"),
        column("user_id", "text", "userId", "User id at the provider"),
        column("user_name", "text", "userName", "User name at the provider"),
        column("sso", "bool", "sso", "Whether single sign-on is used"),
        column("credentials", "json", "credentials", "Credentials of the login, redacted"),
    ),
)

ACCOUNTS = Resource(
    name="accounts",
    description="One row per user of the account",
    group="inventory",
    path="/accounts/{account_id}/users",
    selector="data",
    paging=Paging("single"),
    key=(("_id",),),
    secrets=("invite_url", "logins"),
    children=(LOGINS,),
    columns=(
        column("id", "text", "_id", "User id; joins audit.user_id", nullable=False),
        column("user_name", "text", "userName", "Login name; joins builds.initiator and audit.user_name"),
        column("email", "text", "email", "Mail address"),
        column("notification_email", "text", "notificationEmail", "Mail address for notifications"),
        column("account", "json", "account", "Ids of the accounts the user belongs to"),
        column("default_account", "bigint", "defaultAccount", "Index into account of the user's default, from 0"),
        column("status", "text", "status", "State of the user, e.g. new, pending"),
        column("roles", "json", "roles", "List of roles, e.g. User, Admin, Account-Admin"),
        column("register_date", "timestamp", "register_date", "When the user registered"),
        column("last_login_date", "timestamp", "last_login_date", "Last login; null for never"),
        column("has_password", "bool", "hasPassword", "Whether a local password is set"),
        column("logins", "json", "logins", "Logins by identity provider; also the table accounts__logins"),
        column("notifications", "json", "notifications", "List of {type, events}"),
        column(
            "settings__allow_admin_to_login",
            "bool",
            "settings.allowAdminToLogin",
            "Whether an administrator may log in as the user",
        ),
        column("settings__date_format", "text", "settings.dateFormat", "How the user wants dates shown"),
        column("settings__display_welcome_screen", "bool", "settings.displayWelcomeScreen", "Welcome screen is shown"),
        column(
            "settings__filter_inaccessible_kubernetes",
            "bool",
            "settings.filterInaccessibleKubernetes",
            "Clusters that cannot be reached are hidden",
        ),
        column("settings__send_weekly_report", "bool", "settings.sendWeeklyReport", "Weekly report is sent by mail"),
        column("settings__theme", "text", "settings.theme", "Colour theme"),
        column("settings__time_format", "text", "settings.timeFormat", "How the user wants times shown"),
        column("short_profile__user_name", "text", "shortProfile.userName", "User name in the short profile"),
        column("user_data__name", "text", "user_data.name", "Full name"),
        column("user_data__email", "text", "user_data.email", "Mail address in the profile"),
        column("user_data__emails", "json", "user_data.emails", "All mail addresses in the profile"),
        column("user_data__image", "text", "user_data.image", "URL of the picture"),
        column("git_ops_settings", "json", "gitOpsSettings", "GitOps settings"),
        column("invite_url", "text", "inviteUrl", "Present while an invitation is open; a credential, redacted"),
    ),
)

ACCOUNT_SETTINGS = Resource(
    name="account_settings",
    description="One row: the settings of the account",
    group="inventory",
    path="/account-settings",
    selector="data",
    paging=Paging("single"),
    key=(("_id",),),
    bare_object=True,
    columns=(
        column("id", "text", "_id", "Id of the settings", nullable=False),
        column("schema_version", "text", "schemaVersion", "Version of the settings' schema"),
        column("settings__modules", "json", "settings.modules", "List of the modules in use"),
        column("created_at", "timestamp", "createdAt", "When the settings were made"),
        column("updated_at", "timestamp", "updatedAt", "Last change"),
        column("v", "bigint", "__v", "Revision of the stored document"),
    ),
)

AGENTS = Resource(
    name="agents",
    description="One row per runner agent",
    group="inventory",
    path="/agents",
    selector="data",
    paging=Paging("single"),
    key=(("id",),),
    columns=(
        column("id", "text", "id", "Agent id", nullable=False),
        column("name", "text", "name", "Name of the agent"),
        column("account", "text", "account", "Account id"),
        column("runtimes", "json", "runtimes", "Runtimes it serves; join pipelines.spec__runtime_environment__name"),
        column("token_name", "text", "tokenName", "Name of the token it uses, not the token"),
        column("status__health_status", "text", "status.healthStatus", "healthy or unhealthy; null if never reported"),
        column("status__message", "text", "status.message", "What the agent said of its health"),
        column("status__reported_at", "timestamp", "status.reportedAt", "When it reported last"),
    ),
)

EXECUTION_CONTEXTS = Resource(
    name="execution_contexts",
    description="One row per execution context",
    group="inventory",
    path="/execution-contexts",
    selector="docs",
    paging=Paging("single"),
    key=(("_id",),),
    columns=(
        column("id", "text", "_id", "Id of the execution context", nullable=False),
        column("name", "text", "name", "Name"),
        column("description", "text", "description", "Description"),
        column("account", "text", "account", "Account id"),
        column("account_default", "bool", "accountDefault", "Whether it is the account's default"),
        column("tags", "json", "tags", "List of tags"),
        column("created_at", "timestamp", "createdAt", "When it was made"),
        column("updated_at", "timestamp", "updatedAt", "Last change"),
        column("v", "bigint", "__v", "Revision of the stored document"),
    ),
)

CONTEXTS = Resource(
    name="contexts",
    description="One row per shared configuration or integration",
    group="inventory",
    path="/contexts",
    selector="data",
    paging=Paging("single"),
    key=(("metadata", "name"),),
    secrets=("spec__data",),
    columns=(
        column("id", "text", "metadata.name", "Name of the context", nullable=False),
        column("api_version", "text", "apiVersion", "Version of the record's form, e.g. v1"),
        column("kind", "text", "kind", "Always context"),
        column("owner", "text", "owner", "Who owns it, e.g. account"),
        column("metadata__name", "text", "metadata.name", "Name, unique in the account; joins triggers' context"),
        column("metadata__default", "bool", "metadata.default", "Whether it is the default of its type"),
        column("metadata__system", "bool", "metadata.system", "Whether the platform made it"),
        column("spec__type", "text", "spec.type", "Type, e.g. git.github, config, secret, helm-repository"),
        column("spec__data", "json", "spec.data", "Content by type, secrets redacted"),
    ),
)

HELM_REPOS = Resource(
    name="helm_repos",
    description="One row per Helm repository",
    group="inventory",
    path="/helm/repos",
    selector="data",
    paging=Paging("single"),
    key=(("Name",),),
    columns=(
        column("id", "text", "Name", "Name of the repository", nullable=False),
        column("name", "text", "Name", "Name of the repository, the built-in one included"),
        column("public", "bool", "Public", "Whether it can be read without a login"),
        column("created_at", "timestamp", "CreatedAt", "When it was added"),
        column("updated_at", "timestamp", "UpdatedAt", "Last change"),
    ),
)
