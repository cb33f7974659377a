"""What surrounds the photo: the steps, the error bar and the status bar."""
