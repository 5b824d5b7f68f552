"""What whoever runs the installation looks at and does over HTTP (decision 60).

access       who is let in, and the one way to the accounts of all
routes       looking: organisations, orders, revenue, failures, prices; `views` as they are told
act_routes   grants, reversals, refunds, prices, suspensions; `acts`: done once, with a reason, written down
suspending   what a suspension comes to
spreadsheet  tables as CSV
"""
