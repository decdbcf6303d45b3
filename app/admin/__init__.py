"""The admin layer: all that is HTTP and HTML, on Flask-AppBuilder."""
