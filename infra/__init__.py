"""What Tiller is made of on AWS, and how it runs on one machine."""
