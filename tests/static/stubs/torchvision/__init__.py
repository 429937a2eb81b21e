"""Stands in for torchvision, which `vit_pytorch/__init__.py` imports for models that are not run here."""

from types import ModuleType

transforms = ModuleType("transforms")
