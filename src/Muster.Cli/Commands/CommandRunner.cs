using Muster.Grpc;
using Muster.Registry.Store;

namespace Muster.Cli.Commands;

/// <summary>Runs a command: its errors go to stderr as one sentence, with an exit code.</summary>
internal static class CommandRunner
{
    /// <summary>0: done. 1: it failed. 2: it was asked wrongly.</summary>
    public static async Task<int> RunAsync(Func<Task<int>> command)
    {
        try
        {
            return await command();
        }
        catch (UsageException e)
        {
            await Console.Error.WriteLineAsync(e.Message);
            return 2;
        }
        catch (ArgumentException e)
        {
            await Console.Error.WriteLineAsync(e.Message);
            return 2;
        }
        catch (RpcException e) when (e.Code == StatusCode.InvalidArgument)
        {
            await Console.Error.WriteLineAsync(e.Status.Detail);
            return 2;
        }
        catch (RpcException e) when (e.Code == StatusCode.NotFound)
        {
            await Console.Error.WriteLineAsync(e.Status.Detail);
            return 1;
        }
        catch (RpcException e)
        {
            await Console.Error.WriteLineAsync(e.Status.ToString());
            return 1;
        }
        catch (Exception e) when (e is IOException or HttpRequestException or StoreUnavailableException)
        {
            await Console.Error.WriteLineAsync(e.Message);
            return 1;
        }
    }
}
