"""What an author makes and tries: a project to begin with, cases of workflows, runs on recorded screens."""
