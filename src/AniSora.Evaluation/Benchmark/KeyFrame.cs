namespace AniSora.Evaluation.Benchmark;

/// <summary>The frames of a clip that guide a model.</summary>
public enum KeyFrame
{
    /// <summary>Frame 0.</summary>
    First,
    /// <summary>Frame (T - 1) / 2.</summary>
    Middle,
    /// <summary>Frame T - 1.</summary>
    Last,
}
