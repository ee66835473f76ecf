using System.Threading.Channels;
using Muster.Client.Registration;

namespace Muster.Client.Tests.Registration;

/// <summary>The states of an announcement from now on, in their order.</summary>
internal sealed class States
{
    private readonly Channel<RegistrationState> _states = Channel.CreateUnbounded<RegistrationState>();

    public States(InstanceRegistration registration) => registration.StateChanged += s => _states.Writer.TryWrite(s);

    public async Task NextAsync(RegistrationState expected) =>
        Assert.Equal(expected, await _states.Reader.ReadAsync().AsTask().InTime());
}
