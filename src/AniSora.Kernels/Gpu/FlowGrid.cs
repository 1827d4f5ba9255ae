using ILGPU;

namespace AniSora.Kernels.Gpu;

/// <summary>A level's picture and its grid of nodes, in the layout of <see cref="Flow.FlowImage"/> and <see cref="Flow.PatchGrid"/>.</summary>
internal readonly record struct FlowSize(int Width, int Height)
{
    public const int Border = Flow.FlowImage.Border, Cell = Flow.PatchGrid.Cell, Overhang = Flow.PatchGrid.Overhang, Margin = 8;

    /// <summary>Floats between a picture's rows.</summary>
    public int Stride => Width + 2 * Border;

    /// <summary>Floats of a picture.</summary>
    public int Padded => Stride * (Height + 2 * Border);

    public int Columns => (Width + Cell - 1) / Cell;
    public int Rows => (Height + Cell - 1) / Cell;
    public int Nodes => Columns * Rows;

    /// <summary>Floats between a grid's rows.</summary>
    public int GridStride => Columns + 2 * Margin;

    /// <summary>Floats of a plane of the grid.</summary>
    public int Length => GridStride * (Rows + 2);

    public int Pixel(int x, int y) => (y + Border) * Stride + x + Border;

    public int Node(int i, int j) => (j + 1) * GridStride + Margin + i;
}

/// <summary>The planes of a level's grid, one behind the other (<see cref="Flow.PatchGrid"/> says what they hold), and those of its solver.</summary>
internal static class Plane
{
    public const int U = 0, V = 1, MatchU = 2, MatchV = 3, Xx = 4, Xy = 5, Yy = 6, Residual = 7, Mean = 8, TriedU = 9, TriedV = 10, Count = 11;

    public const int Right = 0, Down = 1, InverseXx = 2, InverseXy = 3, InverseYy = 4, P = 5, Q = 6, SolverCount = 7;
}

/// <summary>How patches are matched: <see cref="Flow.MatchRule"/> without the camera, and what one kernel needs besides.</summary>
internal readonly record struct FlowRule(
    int Iterations, float ShortestStep, float Damping, float Tie, float Unmatched, float UnmatchedShare, float Doubt, float Trust, int UseCamera, int Radius)
{
    public FlowRule(Flow.MatchRule rule, int radius = 0) : this(
        rule.Iterations, rule.ShortestStep, rule.Damping, rule.Tie, rule.Unmatched, rule.UnmatchedShare, rule.Doubt, rule.Trust, rule.Camera is null ? 0 : 1, radius)
    {
    }
}
