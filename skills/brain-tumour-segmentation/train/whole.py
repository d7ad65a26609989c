"""What is exported: two members averaged and two gates averaged, normalisation layers folded, weights in halves."""

from __future__ import annotations

from pathlib import Path

import torch
from gate import Distance, Gate
from network import Member, with_neighbours
from slices import MEMBERS, Floats
from torch import Tensor, nn
from torch.nn.utils.fusion import fuse_conv_bn_eval


class Whole(nn.Module):
    """volume (n, 3, 256, 256) → logits (n, 1, 256, 256), distance (1,)."""

    def __init__(self, members: list[Member], gates: list[Gate]) -> None:
        super().__init__()
        self.members = nn.ModuleList(members)
        self.distance = Distance(gates)

    def forward(self, volume: Tensor) -> tuple[Tensor, Tensor]:
        planes = with_neighbours(volume)
        logits = torch.stack([member(planes) for member in self.members]).mean(dim=0)
        return logits, self.distance(volume)


def fold(module: nn.Module) -> None:
    """Replace each convolution and the batch norm after it by one convolution."""
    for child in module.children():
        fold(child)
    if isinstance(module, nn.Sequential):
        for place in range(len(module) - 1):
            one, two = module[place], module[place + 1]
            if isinstance(one, nn.Conv2d) and isinstance(two, nn.BatchNorm2d):
                module[place], module[place + 1] = fuse_conv_bn_eval(one, two), nn.Identity()


def halve(module: nn.Module) -> None:
    """Round every weight to float16 (kept as float32): the file holds halves, the arithmetic is single."""
    with torch.no_grad():
        for weight in module.parameters():
            weight.copy_(weight.half().float())


def member(work: Path, k: int) -> Member:
    """Member k, in inference mode: it never saw the patients of fold k."""
    found = Member()
    found.load_state_dict(torch.load(work / f"member{k}.pt", weights_only=True))
    return found.eval()


def gate(work: Path, k: int) -> Gate:
    """Gate k, in inference mode: it never saw the patients of fold k."""
    found = Gate()
    found.load_state_dict(torch.load(work / f"gate{k}.pt", weights_only=True))
    return found.eval()


def whole(work: Path) -> Whole:
    """Everything, as it is exported."""
    model = Whole([member(work, k) for k in range(MEMBERS)], [gate(work, k) for k in range(MEMBERS)]).eval()
    fold(model)
    halve(model)
    return model


def segment(model: Member, tensor: Floats) -> Floats:
    """(n, 3, 256, 256) → probabilities (n, 256, 256), a few slices at a time."""
    planes = with_neighbours(torch.from_numpy(tensor))
    with torch.no_grad():
        parts = [model(part).sigmoid()[:, 0] for part in planes.split(16)]  # type: ignore[no-untyped-call]
    return torch.cat(parts).numpy()
