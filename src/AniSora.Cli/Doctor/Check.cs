namespace AniSora.Cli.Doctor;

/// <summary>How one check of the doctor came out.</summary>
internal enum CheckState
{
    /// <summary>There, and as it should be.</summary>
    Ok,

    /// <summary>Works, but slower or less than it could.</summary>
    Note,

    /// <summary>Needed by some command and not there.</summary>
    Missing,
}

/// <summary>One line of the doctor's table.</summary>
/// <param name="Area">The group it belongs to.</param>
/// <param name="Name">What was looked at.</param>
/// <param name="State">How it came out.</param>
/// <param name="Detail">What was found: versions, paths, counts.</param>
/// <param name="Fix">The command that mends it, or null when there is nothing to mend.</param>
internal sealed record Check(string Area, string Name, CheckState State, string Detail, string? Fix = null);
