"""Flask extensions, created once and bound to the application by `create_app`."""

from flask_appbuilder import Model as Model
from flask_compress import Compress
from flask_limiter import Limiter
from flask_limiter.util import get_remote_address
from flask_migrate import Migrate
from flask_sqlalchemy import SQLAlchemy
from flask_wtf import CSRFProtect

# Set before any model is imported: constraint names must be the same on SQLite and PostgreSQL,
# or a migration cannot name what it changes.
Model.metadata.naming_convention = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    "pk": "pk_%(table_name)s",
}

# One metadata for FAB's tables and ours, or Alembic would drop one of the two.
db = SQLAlchemy(metadata=Model.metadata)
migrate = Migrate(directory="app/migrations", render_as_batch=True, compare_type=True)
csrf = CSRFProtect()
limiter = Limiter(key_func=get_remote_address)
compress = Compress()
