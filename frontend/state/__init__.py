"""What a page knows on the server. Every public method here can be called by anybody with any arguments."""
