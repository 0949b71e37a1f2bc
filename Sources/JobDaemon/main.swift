await JobdCommand.start()
