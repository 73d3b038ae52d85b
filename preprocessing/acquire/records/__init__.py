"""What a run leaves beside its outputs: results, manifest, checkpoint, names."""
