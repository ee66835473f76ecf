namespace Muster.Bench.LoadLab.Tests;

/// <summary>What queueing theory says of Poisson arrivals and exponential work.</summary>
internal static class Erlang
{
    /// <summary>Mean time in the system of M/M/c, in mean service times.</summary>
    /// <param name="servers">c.</param>
    /// <param name="load">Arrival rate ÷ what all servers can do.</param>
    public static double MeanTime(int servers, double load)
    {
        // Erlang B by its recursion, then C: the chance to wait, and 1/(c - a) for those who do.
        var offered = servers * load;
        var blocked = 1.0;
        for (var i = 1; i <= servers; i++)
        {
            blocked = offered * blocked / (i + (offered * blocked));
        }

        var waits = blocked / (1 - (load * (1 - blocked)));
        return 1 + (waits / (servers - offered));
    }

    /// <summary>Mean time in a large system where each request takes the shortest of d random queues (Mitzenmacher 2001).</summary>
    public static double SupermarketMeanTime(int choices, double load)
    {
        double sum = 0;
        for (var i = 1; i < 200; i++)
        {
            var exponent = choices == 1 ? i : (Math.Pow(choices, i) - 1) / (choices - 1);
            sum += Math.Pow(load, exponent - 1);
        }

        return choices == 1 ? 1 / (1 - load) : sum;
    }
}
