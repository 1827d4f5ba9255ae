namespace AniSora;

/// <summary>
/// The input is wrong, not the program: a missing or damaged file, an unknown label, a value out of range.
/// </summary>
/// <remarks>
/// The message is one line that names the file, the field and the fix, because the command line prints it as it is
/// (<c>error: message</c>, exit code 2) without a stack trace.
/// </remarks>
public sealed class InputException : Exception
{
    /// <summary>Creates the error.</summary>
    /// <param name="message">One line that names the file, the field and the fix.</param>
    public InputException(string message) : base(message) { }

    /// <summary>Creates the error and keeps its cause for the log.</summary>
    /// <param name="message">One line that names the file, the field and the fix.</param>
    /// <param name="inner">What the system reported.</param>
    public InputException(string message, Exception? inner) : base(message, inner) { }
}
