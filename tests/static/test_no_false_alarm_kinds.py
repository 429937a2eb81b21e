"""What the analyser believes of torch's module classes, beside torch itself."""

import inspect

import torch
from torch import nn

from shapecheck.static.kinds import descends

PUBLIC = {
    name: cls
    for name, cls in vars(nn).items()
    if inspect.isclass(cls) and issubclass(cls, nn.Module) and cls is not nn.Module
}
HIDDEN = {
    f"torch.nn.modules.{module}.{name}": cls
    for module in ("conv", "batchnorm", "instancenorm", "rnn", "dropout", "loss")
    for name, cls in vars(getattr(nn.modules, module)).items()
    if inspect.isclass(cls) and issubclass(cls, nn.Module) and cls is not nn.Module
}


def test_no_class_is_taken_for_another():
    bases = {f"torch.nn.{name}": cls for name, cls in PUBLIC.items()} | HIDDEN
    said = {
        (name, base): (descends(f"torch.nn.{name}", base), issubclass(cls, other))
        for name, cls in PUBLIC.items()
        for base, other in bases.items()
        if not name.startswith(
            "Lazy"
        )  # a lazy module becomes one of the other class when it is called
    }
    wrong = {
        pair: answers for pair, answers in said.items() if answers[0] not in (None, answers[1])
    }
    assert not wrong
    decided = sum(answer is not None for answer, _ in said.values())
    assert decided > 0.5 * len(said)


def test_a_lazy_module_becomes_one_of_the_other_class():
    layer = nn.LazyLinear(3)
    layer(torch.zeros(2, 5))
    assert isinstance(layer, nn.Linear)
    assert descends("torch.nn.LazyLinear", "torch.nn.Linear")
