"""The one application of the Django site."""

from django.apps import AppConfig


class OfficeConfig(AppConfig):
    name = "tests.benchmarks.django_site"
    label = "office"
