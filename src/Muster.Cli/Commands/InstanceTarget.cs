using System.CommandLine;
using Muster.Grpc;
using Muster.Protocol;
using Muster.Protocol.V1;

namespace Muster.Cli.Commands;

/// <summary>The instance that a command is about: named by its id alone, and by its service where several have such an id.</summary>
internal sealed class InstanceTarget
{
    public Argument<string> Id { get; } = new("instance") { Description = "The instance's id." };

    public Option<string?> Service { get; } = new("--service")
    {
        Description = "Its service, as 'name' or 'namespace/name', where several services have an instance of this id. Default: found out.",
    };

    /// <summary>What the registry knows of the instance.</summary>
    /// <param name="connection">The registry.</param>
    /// <param name="parsed">The command line.</param>
    /// <param name="isMeant">Which of several candidates the command can be about.</param>
    /// <param name="cancellationToken">Ends the call.</param>
    /// <exception cref="UsageException">Several services have one.</exception>
    /// <exception cref="RpcException">Nobody has heard of it.</exception>
    public async Task<(Explanation Found, DateTimeOffset Now)> FindAsync(
        RegistryConnection connection, ParseResult parsed, Func<Explanation, bool> isMeant, CancellationToken cancellationToken)
    {
        var id = parsed.GetValue(Id)!;
        var service = parsed.GetValue(Service);
        var request = new ExplainInstanceRequest { Namespace = "*", InstanceId = id };
        if (service is not null)
        {
            (request.Namespace, request.Service) = ServiceArgument.Split(service);
        }

        var response = await connection.Client.UnaryAsync(
            RegistryMethods.ExplainInstance, request, new() { CancellationToken = cancellationToken });
        var meant = response.Explanations.Where(isMeant).ToList();
        var now = DateTimeOffset.FromUnixTimeMilliseconds(response.NowUnixMs);
        return meant switch
        {
            [var one] => (one, now),
            [] when response.Explanations is [var other] => (other, now),
            [] => throw new RpcException(StatusCode.NotFound, service is null
                ? $"instance is '{id}': no service lists it, and no removal of it is remembered."
                : $"instance is '{id}': service '{service}' does not list it, and no removal of it is remembered."),
            _ => throw new UsageException(
                $"instance is '{id}': several services have one ({string.Join(", ", meant.Select(ServiceArgument.Name))}); choose one with --service."),
        };
    }
}
