"""The mail sink: an SMTP server that delivers every mail into a folder, as a file that any mail program opens."""
