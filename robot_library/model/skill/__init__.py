"""The manifest of a skill, skill.yaml: who it is for, its model, how data reach it, when it refuses, what it says.

Everything a host does with a model stands here as data; there is no code in a manifest, and an unknown key is refused.
"""

from __future__ import annotations

from robot_library.model.skill.clinical import (
    BESIDE as BESIDE,
)
from robot_library.model.skill.clinical import (
    Change as Change,
)
from robot_library.model.skill.clinical import (
    Clinical as Clinical,
)
from robot_library.model.skill.clinical import (
    ModelFile as ModelFile,
)
from robot_library.model.skill.clinical import (
    ProviderName as ProviderName,
)
from robot_library.model.skill.clinical import (
    Runtime as Runtime,
)
from robot_library.model.skill.clinical import (
    TrainedOn as TrainedOn,
)
from robot_library.model.skill.explain import (
    MOST_ALIKE as MOST_ALIKE,
)
from robot_library.model.skill.explain import (
    Explain as Explain,
)
from robot_library.model.skill.explain import (
    Localised as Localised,
)
from robot_library.model.skill.gates import (
    AgeRange as AgeRange,
)
from robot_library.model.skill.gates import (
    Gates as Gates,
)
from robot_library.model.skill.gates import (
    HeaderGates as HeaderGates,
)
from robot_library.model.skill.gates import (
    PixelGates as PixelGates,
)
from robot_library.model.skill.gates import (
    UnlikeTraining as UnlikeTraining,
)
from robot_library.model.skill.inputs import (
    Axes as Axes,
)
from robot_library.model.skill.inputs import (
    Channel as Channel,
)
from robot_library.model.skill.inputs import (
    Channels as Channels,
)
from robot_library.model.skill.inputs import (
    Clip as Clip,
)
from robot_library.model.skill.inputs import (
    Column as Column,
)
from robot_library.model.skill.inputs import (
    Measures as Measures,
)
from robot_library.model.skill.inputs import (
    Percentiles as Percentiles,
)
from robot_library.model.skill.inputs import (
    Preprocess as Preprocess,
)
from robot_library.model.skill.inputs import (
    PreprocessOp as PreprocessOp,
)
from robot_library.model.skill.inputs import (
    Scale as Scale,
)
from robot_library.model.skill.inputs import (
    Size as Size,
)
from robot_library.model.skill.inputs import (
    Spacing as Spacing,
)
from robot_library.model.skill.inputs import (
    Standardize as Standardize,
)
from robot_library.model.skill.inputs import (
    TensorInput as TensorInput,
)
from robot_library.model.skill.inputs import (
    VoxelSize as VoxelSize,
)
from robot_library.model.skill.manifest import (
    Expect as Expect,
)
from robot_library.model.skill.manifest import (
    Film as Film,
)
from robot_library.model.skill.manifest import (
    Golden as Golden,
)
from robot_library.model.skill.manifest import (
    SkillManifest as SkillManifest,
)
from robot_library.model.skill.outputs import (
    Code as Code,
)
from robot_library.model.skill.outputs import (
    Measurable as Measurable,
)
from robot_library.model.skill.outputs import (
    OperatingPoints as OperatingPoints,
)
from robot_library.model.skill.outputs import (
    Output as Output,
)
from robot_library.model.skill.outputs import (
    Platt as Platt,
)
from robot_library.model.skill.outputs import (
    Point as Point,
)
from robot_library.model.skill.outputs import (
    Segment as Segment,
)
from robot_library.model.skill.outputs import (
    Segmentation as Segmentation,
)
from robot_library.model.skill.quality import (
    Limits as Limits,
)
from robot_library.model.skill.quality import (
    Percentile as Percentile,
)
from robot_library.model.skill.quality import (
    Quality as Quality,
)
from robot_library.model.skill.quality import (
    QualityMeasure as QualityMeasure,
)
