namespace Muster.Client.Registration;

/// <summary>Where an announcement stands.</summary>
public enum RegistrationState
{
    /// <summary>Not acknowledged by the registry yet, or the registry is away; it is tried until it works.</summary>
    Pending,

    /// <summary>Acknowledged.</summary>
    Registered,

    /// <summary>Final: another process took the address or the id.</summary>
    Superseded,

    /// <summary>Final: an operator removed the instance.</summary>
    RemovedByOperator,

    /// <summary>Final: the registry refuses the announcement as it is; <see cref="InstanceRegistration.LastError"/> says why.</summary>
    Refused,

    /// <summary>Final: this process took it back.</summary>
    Deregistered,
}
