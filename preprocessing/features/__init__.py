"""What a light curve is like: arrays in, numbers out.

`light.prepare_light` is the only way in: whatever computes here takes the `Light` that it
returns. Nothing reads or writes a file.
"""
