"""What all viewers share: questions and answers, the page without a kernel, the progress of what takes long."""
