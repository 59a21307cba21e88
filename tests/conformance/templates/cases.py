"""Templates with one defect each, or none, for what both Plimsoll and cfn-lint judge.

CASES: (name, topic, template, who finds something of this topic, why when they differ). `who` is "both",
"none", "plimsoll" or "cfn-lint"; where one is alone, the reason says who is right.
"""

import json

ROLE = "arn:aws:iam::123456789012:role/r"
QUEUE = {"Type": "AWS::SQS::Queue"}


def function(**more):
    properties = {"Code": {"S3Bucket": "bucket", "S3Key": "k"}, "Handler": "app.handler", "Runtime": "python3.13", "Role": ROLE}
    properties.update(more)
    return {"Type": "AWS::Lambda::Function", "Properties": {k: v for k, v in properties.items() if v is not None}}


def template(**resources):
    return json.dumps({"Resources": resources}, indent=1)


def one(**more):
    return template(F=function(**more))


def variables(**values):
    return one(Environment={"Variables": values})


def mapping(queue, timeout=None, **more):
    properties = {"FunctionName": {"Ref": "F"}, "EventSourceArn": {"Fn::GetAtt": ["Q", "Arn"]}}
    properties.update(more)
    return template(F=function(Timeout=timeout), Q={"Type": "AWS::SQS::Queue", "Properties": queue},
                    M={"Type": "AWS::Lambda::EventSourceMapping", "Properties": properties})


def stream(**more):
    arn = "arn:aws:kinesis:us-east-1:123456789012:stream/s"
    return template(F=function(), M={"Type": "AWS::Lambda::EventSourceMapping",
                                     "Properties": {"FunctionName": {"Ref": "F"}, "EventSourceArn": arn, **more}})


def schedule(expression):
    return template(R={"Type": "AWS::Events::Rule", "Properties": {"ScheduleExpression": expression}})


def image(**more):
    return one(Code={"ImageUri": "123456789012.dkr.ecr.us-east-1.amazonaws.com/i:1"}, PackageType="Image",
               **{"Handler": None, "Runtime": None, **more})


def filters(n):
    return template(F=function(), **{f"L{i}": {"Type": "AWS::Logs::SubscriptionFilter", "Properties": {
        "LogGroupName": "g", "FilterPattern": "", "DestinationArn": {"Fn::GetAtt": ["F", "Arn"]}}} for i in range(n)})


CASES = [
    ("runtime-new", "runtime", one(), "none", ""),
    ("runtime-deprecated", "runtime", one(Runtime="python3.9"), "both", ""),
    ("runtime-blocked", "runtime", one(Runtime="python2.7"), "both", ""),
    ("runtime-go", "runtime", one(Runtime="go1.x"), "both", ""),
    ("runtime-unknown", "runtime", one(Runtime="python3.99"), "both", ""),
    ("name-reserved", "name", variables(AWS_REGION="eu-west-1"), "both", ""),
    ("name-lambda", "name", variables(AWS_LAMBDA_FUNCTION_NAME="f"), "both", ""),
    ("name-handler", "name", variables(_HANDLER="f"), "both", ""),
    ("name-allowed", "name", variables(AWS_LAMBDA_EXEC_WRAPPER="/opt/w", TZ="UTC"), "none", ""),
    ("name-dash", "name", variables(**{"A-B": "x"}), "both", ""),
    ("name-digit", "name", variables(**{"1A": "x"}), "both", ""),
    ("size-small", "size", variables(A="x" * 4000), "none", ""),
    ("size-large", "size", variables(A="x" * 4200), "both", ""),
    ("visibility-enough", "visibility", mapping({"VisibilityTimeout": 60}, 60), "none", ""),
    ("visibility-short", "visibility", mapping({"VisibilityTimeout": 30}, 60), "both", ""),
    ("visibility-default", "visibility", mapping({}, 60), "both", ""),
    ("visibility-silent", "visibility", mapping({}), "none", ""),
    ("batch-fifo", "batch", mapping({"FifoQueue": True}, BatchSize=11), "both", ""),
    ("batch-fifo-ten", "batch", mapping({"FifoQueue": True}, BatchSize=10), "none", ""),
    ("batch-huge", "batch", stream(StartingPosition="LATEST", BatchSize=10001), "both", ""),
    ("batch-window", "batch", mapping({}, BatchSize=11, MaximumBatchingWindowInSeconds=1), "none", ""),
    ("batch-no-window", "batch", mapping({}, BatchSize=11), "plimsoll",
     "the service refuses more than 10 messages without a window: with-sqs, 2026-07"),
    ("start-missing", "start", stream(), "both", ""),
    ("start-there", "start", stream(StartingPosition="LATEST"), "none", ""),
    ("start-queue", "start", template(F=function(), M={"Type": "AWS::Lambda::EventSourceMapping", "Properties": {
        "FunctionName": {"Ref": "F"}, "EventSourceArn": "arn:aws:sqs:us-east-1:123456789012:q",
        "StartingPosition": "LATEST"}}), "both", ""),
    ("start-queue-by-name", "start", mapping({}, StartingPosition="LATEST"), "plimsoll",
     "the queue is one of the template, which cfn-lint does not look up here (E3634)"),
    ("rate-one", "schedule", schedule("rate(1 minute)"), "none", ""),
    ("rate-plural", "schedule", schedule("rate(1 minutes)"), "both", ""),
    ("rate-singular", "schedule", schedule("rate(5 minute)"), "both", ""),
    ("rate-zero", "schedule", schedule("rate(0 minutes)"), "both", ""),
    ("rate-unit", "schedule", schedule("rate(5 seconds)"), "both", ""),
    ("cron-good", "schedule", schedule("cron(0 10 ? * MON-FRI *)"), "none", ""),
    ("cron-stars", "schedule", schedule("cron(0 10 * * * *)"), "both", ""),
    ("cron-five", "schedule", schedule("cron(0 10 * * ?)"), "both", ""),
    ("cron-third-friday", "schedule", schedule("cron(0 10 ? * 6#3 *)"), "none", ""),
    ("cron-last-day", "schedule", schedule("cron(0 10 L * ? *)"), "none", ""),
    ("cron-sixty", "schedule", schedule("cron(60 10 * * ? *)"), "plimsoll",
     "minutes are 0 to 59: EventBridge user guide, cron expressions"),
    ("cron-month", "schedule", schedule("cron(0 10 1 13 ? *)"), "plimsoll",
     "months are 1 to 12: EventBridge user guide, cron expressions"),
    ("at-on-a-rule", "schedule", schedule("at(2030-01-01T00:00:00)"), "both", ""),
    ("image-plain", "image", image(), "none", ""),
    ("image-layers", "image", image(Layers=["arn:aws:lambda:us-east-1:123456789012:layer:l:1"]), "both", ""),
    ("image-handler", "image", image(Handler="app.handler"), "both", ""),
    ("image-runtime", "image", image(Runtime="python3.13"), "both", ""),
    ("zip-no-handler", "complete", one(Handler=None), "both", ""),
    ("zip-no-runtime", "complete", one(Runtime=None), "both", ""),
    ("memory-low", "number", one(MemorySize=127), "both", ""),
    ("memory-high", "number", one(MemorySize=10241), "plimsoll",
     "32,768 is for functions with a capacity provider: configuration-memory"),
    ("timeout-high", "number", one(Timeout=901), "both", ""),
    ("storage-high", "number", one(EphemeralStorage={"Size": 10241}), "plimsoll",
     "the schema's own text says 512 to 10,240"),
    ("storage-beyond", "number", one(EphemeralStorage={"Size": 32769}), "both", ""),
    ("numbers", "number", one(MemorySize=10240, Timeout=900, EphemeralStorage={"Size": 10240}), "none", ""),
    ("snapstart-node", "snapstart", one(Runtime="nodejs22.x", SnapStart={"ApplyOn": "PublishedVersions"}), "both", ""),
    ("filters-five", "filters", filters(5), "none", ""),
    ("filters-six", "filters", filters(6), "both", ""),
]
