"""What crosses the Temporal boundary: messages, ids, queues, options, failures. References only, nothing personal."""
