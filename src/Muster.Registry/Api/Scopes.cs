using Muster.Core.Model;

namespace Muster.Registry.Api;

/// <summary>Which services a question is about: a namespace, or all of them with <c>*</c>; and one service, or all with none.</summary>
internal static class Scopes
{
    public const string EveryNamespace = "*";

    /// <exception cref="Grpc.RpcException">InvalidArgument: a name is not one.</exception>
    public static ServiceKey Read(string serviceNamespace, string service)
    {
        var key = ServiceKey.Of(serviceNamespace, service);
        Refusals.ThrowIfAny((key.Namespace == EveryNamespace ? null : InstanceValidator.ValidateName("namespace", key.Namespace))
            ?? (service.Length == 0 ? null : InstanceValidator.ValidateName("service", service)));
        return key;
    }

    public static bool Matches(ServiceKey service, ServiceKey scope) =>
        (scope.Namespace == EveryNamespace || service.Namespace == scope.Namespace)
        && (scope.Name.Length == 0 || service.Name == scope.Name);
}
