"""What is being asked? Pure: words and the state of the workspace in, a task with evidence out."""
