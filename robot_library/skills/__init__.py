"""Skills: ONNX models behind a manifest that says who they are for, when they refuse, and what a score means.

    manifest     skill.yaml → SkillManifest, every mistake with its line; the model's hash verified
    preprocess   the closed list of operations from film to tensor
    gates        header, pixel and unlike-training gates → a coded reason (codes) to abstain
    session      ONNX Runtime with the provider that was asked for, or an error
    decision     logit → calibrated score → negative | positive | uncertain by named operating points
    explanation  maps over the film, their scores and their sanity check
    host         find a skill by name, run it on an image → Finding | Abstention
    golden       the manifest's own examples, run again on this machine
    measure      AUROC, intervals, calibration; card: card.md from manifest and evaluation
    evaluation   labelled cases → figures, report, calibration, go or no-go
    monitor      what skills say in daily use: kept, watched for drift, challenged, switched
    placed       YAML as a model of data, every mistake with its place

Nothing is imported here, so that naming the room costs nothing.
"""
