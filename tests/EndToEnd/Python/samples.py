"""The samples as another implementation of gRPC sees them, found through the registry."""
import grpc

from registry import Registry
from wire import Peer, equal, fails

INVALID = grpc.StatusCode.INVALID_ARGUMENT


def _find(wire, address, service, full_name):
    instances = Registry(wire, address).list(service).instances
    assert instances, f"the registry lists no instance of {service}"
    instance = instances[0].instance
    host = f"[{instance.host}]" if ":" in instance.host else instance.host
    return Peer(wire, f"{host}:{instance.endpoints[0].port}", full_name), instance


def sum_adds_and_reports_its_load(wire, address):
    worker, instance = _find(wire, address, "sum", "muster.samples.v1.SumService")
    request = wire.message("muster.samples.v1.SumRequest")
    registry = Registry(wire, address)
    watch = registry.peer.WatchService(registry.new("WatchServiceRequest", service="sum", with_load=True), timeout=60)

    response = worker.Sum(request(a=40, b=2))
    equal((response.sum, response.served_by), (42, instance.id))

    # Through the registry, because grpcio keeps the load report in the trailers to itself.
    loads = (state.load for event in watch if event.WhichOneof("event") == "soft"
             for state in event.soft.states if state.instance_id == instance.id and state.HasField("load"))
    load = next(loads)
    assert 0 <= load.cpu_utilization <= 1, f"the load reported is {load.cpu_utilization}"
    watch.cancel()


def sum_refuses_what_does_not_fit(wire, address):
    worker, _ = _find(wire, address, "sum", "muster.samples.v1.SumService")
    request = wire.message("muster.samples.v1.SumRequest")
    largest = 2**63 - 1
    equal(worker.Sum(request(a=largest, b=-1)).sum, largest - 1)
    with fails(INVALID, str(largest)):
        worker.Sum(request(a=largest, b=1))
    with fails(INVALID, str(-largest - 1)):
        worker.Sum(request(a=-largest - 1, b=-1))


def calculator_calculates(wire, address):
    calculator, _ = _find(wire, address, "calculator", "muster.samples.v1.CalculatorService")
    request = wire.message("muster.samples.v1.CalculatorRequest")
    equal(calculator.Add(request(a=2, b=3)).result, 5)
    equal(calculator.Subtract(request(a=2, b=3)).result, -1)
    equal(calculator.Multiply(request(a=2, b=3)).result, 6)
    equal(calculator.Divide(request(a=3, b=2)).result, 1.5)
    with fails(INVALID, "0"):
        calculator.Divide(request(a=1, b=0))
    with fails(INVALID):
        calculator.Add(request(a=float("nan"), b=0))


def echo_says_any_text_again(wire, address):
    echo, _ = _find(wire, address, "echo", "muster.samples.v1.EchoService")
    request = wire.message("muster.samples.v1.EchoRequest")
    for text in ("hello", "", "zażółć gęślą jaźń 🦀", "x" * 1_000_000):
        equal(echo.Echo(request(text=text)).text, text)


def sum_streams_its_load_out_of_band(wire, address):
    orca, _ = _find(wire, address, "sum", "xds.service.orca.v3.OpenRcaService")
    request = wire.message("xds.service.orca.v3.OrcaLoadReportRequest")()
    request.report_interval.seconds = 1
    stream = orca.StreamCoreMetrics(request)

    # The second has a measurement of CPU for certain: the first may come before there is one.
    reports = [next(stream), next(stream)]
    assert 0 <= reports[1].cpu_utilization <= 1, f"the load reported is {reports[1].cpu_utilization}"
    for report in reports:
        assert "rif" in report.named_metrics, f"the metrics are {report.named_metrics}"
        # The stream itself is load of no kind.
        assert "streams" not in report.named_metrics, f"the metrics are {report.named_metrics}"
    stream.cancel()

    request.report_interval.seconds = -1
    with fails(INVALID, "report_interval", "-1 s"):
        next(orca.StreamCoreMetrics(request))
