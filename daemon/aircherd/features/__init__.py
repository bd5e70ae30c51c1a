"""What a person asks for. Each feature: gather → prompt → gateway → shape."""
