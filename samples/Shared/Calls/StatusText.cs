using System.Text;
using Muster.Grpc;

namespace Muster.Samples.Shared.Calls;

/// <summary>Writes statuses as the specification of gRPC does.</summary>
internal static class StatusText
{
    /// <summary><c>INVALID_ARGUMENT: b is 0</c>.</summary>
    public static string Of(RpcException error) => $"{Of(error.Code)}: {error.Status.Detail}";

    /// <summary><c>INVALID_ARGUMENT</c>.</summary>
    public static string Of(StatusCode code)
    {
        var text = new StringBuilder();
        var previousIsLower = false;
        foreach (var letter in code.ToString())
        {
            if (char.IsUpper(letter) && previousIsLower)
            {
                text.Append('_');
            }

            previousIsLower = char.IsLower(letter);
            text.Append(char.ToUpperInvariant(letter));
        }

        return text.ToString();
    }
}
