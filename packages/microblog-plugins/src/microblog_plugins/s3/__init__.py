"""Files in S3 or whatever speaks its language: a room that a site may have or not (extra `s3`)."""
