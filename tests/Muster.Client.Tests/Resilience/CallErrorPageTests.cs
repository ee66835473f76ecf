using Muster.Client.Resilience;

namespace Muster.Client.Tests.Resilience;

public sealed class CallErrorPageTests
{
    [Fact]
    public void PageOf_EachError_IsThere()
    {
        var root = AppContext.BaseDirectory;
        while (!File.Exists(Path.Combine(root, "Muster.slnx")))
        {
            root = Path.GetDirectoryName(root) ?? throw new InvalidOperationException("These tests run inside the repository.");
        }

        Assert.All(Enum.GetValues<ServiceCallError>(), error => Assert.True(
            File.Exists(Path.Combine(root, CallErrors.PageOf(error))), $"{error} names {CallErrors.PageOf(error)}, which is not there."));
    }
}
