"""What a plan is: schema, operations, document, targets, revisions. No input or output."""
