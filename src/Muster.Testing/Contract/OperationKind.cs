namespace Muster.Testing.Contract;

/// <summary>What can be asked of a registry that changes its records.</summary>
public enum OperationKind
{
    /// <summary>To add or to replace an instance.</summary>
    Register,

    /// <summary>To remove an instance for its owner.</summary>
    Deregister,

    /// <summary>To change what its owner wants of it.</summary>
    SetIntent,

    /// <summary>To change what an operator wants of it.</summary>
    Hold,

    /// <summary>To remove an instance on an operator's word.</summary>
    Remove,
}
