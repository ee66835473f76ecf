namespace Muster.Client.Resilience;

/// <summary>Why a call to a service failed before any instance could answer it.</summary>
public enum ServiceCallError
{
    /// <summary>The registry has not answered yet, so nothing is known of the service.</summary>
    RegistrySilent,

    /// <summary>The registry does not know the service: nobody has registered it, or the name is misspelt.</summary>
    ServiceUnknown,

    /// <summary>The registry knows the service, but it has no instances now.</summary>
    NoInstances,

    /// <summary>There are instances, but none that this call may use: out, draining, unhealthy, or not selected.</summary>
    NoneEligible,

    /// <summary>Every instance drains or is taken out: they are being replaced, or somebody took the service down.</summary>
    AllDraining,

    /// <summary>Every instance failed so often that its circuit is open; <see cref="EjectionOptions.PanicThreshold"/> 0 asked for
    /// that.</summary>
    AllEjected,

    /// <summary>Every instance has as many calls in flight from here as <see cref="EjectionOptions.InFlightMax"/> allows.</summary>
    AllBusy,

    /// <summary>Several attempts were made, or one that found no connection, and all failed; the message says why there was not one
    /// more.</summary>
    AllFailed,

    /// <summary>The call broke, or took too long, after it was sent, and was not sent again; the message says why. Often because it may
    /// have run.</summary>
    Broken,

    /// <summary>The call failed and was not sent again, because too many calls of the service fail
    /// (<see cref="RetryOptions.BudgetPercent"/>): more attempts would only be more load.</summary>
    OutOfBudget,
}
