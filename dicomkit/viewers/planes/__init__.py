"""The viewer of three planes: axial, coronal and sagittal cuts of one volume."""
