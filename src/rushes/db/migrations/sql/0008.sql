-- the trace that a job or a delivery belongs to (W3C traceparent), for processes that go on with it
ALTER TABLE jobs ADD COLUMN traceparent TEXT;
ALTER TABLE webhook_deliveries ADD COLUMN traceparent TEXT;
