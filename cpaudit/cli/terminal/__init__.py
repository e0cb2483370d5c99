"""How a command and its terminal speak to each other: usage in Chinese, the streams, the line that shows work going on."""
