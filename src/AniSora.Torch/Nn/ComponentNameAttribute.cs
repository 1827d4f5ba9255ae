namespace AniSora.Torch;

/// <summary>Gives a field of a module another name in checkpoints than the one it has in the source.</summary>
/// <remarks>For published names that are no good C# names, such as <c>to_out.0</c>'s parts or <c>norm</c> beside a method of that
/// name.</remarks>
[AttributeUsage(AttributeTargets.Field)]
public sealed class ComponentNameAttribute : Attribute
{
    /// <summary>The registered name; it may not contain a dot, which separates the levels.</summary>
    public string? Name { get; set; }
}
