using Muster.EndToEnd.Python;

namespace Muster.EndToEnd;

/// <summary>Python's grpcio against the real programs: what one implementation writes, the other must read.</summary>
public sealed class PythonPeerTests(PythonPeers peers) : IClassFixture<PythonPeers>
{
    [Theory]
    [InlineData("registers_renews_lists_and_deregisters")]
    [InlineData("refuses_bad_input_with_a_sentence")]
    [InlineData("watches_one_service")]
    [InlineData("a_deadline_ends_a_watch")]
    [InlineData("watches_many_services_on_one_stream")]
    [InlineData("a_session_keeps_and_resumes_a_lease")]
    [InlineData("what_is_not_grpc_gets_the_right_status")]
    [InlineData("many_callers_at_once")]
    public Task Registry_CalledByGrpcio_Holds(string scenario) => peers.RegistryHoldsAsync(scenario);

    [Theory]
    [InlineData("sum_adds_and_reports_its_load")]
    [InlineData("sum_refuses_what_does_not_fit")]
    [InlineData("sum_streams_its_load_out_of_band")]
    [InlineData("calculator_calculates")]
    [InlineData("echo_says_any_text_again")]
    public Task Samples_CalledByGrpcio_Hold(string scenario) => peers.SamplesHoldAsync(scenario);
}
