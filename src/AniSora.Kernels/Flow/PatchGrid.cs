namespace AniSora.Kernels.Flow;

/// <summary>
/// One level's motion on a grid: a node for every cell of 4×4 pixels, which stands for the 8×8 patch around it. Next to the motion lies what
/// the pictures say about it: the energy ½(d - d*)ᵀA(d - d*) around the best match d*. Every array has a border, so that neighbours and whole
/// vectors can be read anywhere.
/// </summary>
internal sealed class PatchGrid
{
    /// <summary>Pixels between nodes.</summary>
    public const int Cell = 4;

    /// <summary>A patch's side.</summary>
    public const int Patch = 8;

    /// <summary>How far a patch overhangs its cell.</summary>
    public const int Overhang = (Patch - Cell) / 2;

    private const int Margin = 8;

    public PatchGrid(int width, int height)
    {
        (Columns, Rows) = ((width + Cell - 1) / Cell, (height + Cell - 1) / Cell);
        Stride = Columns + 2 * Margin;
        int length = Stride * (Rows + 2);
        (U, V, MatchU, MatchV) = (new float[length], new float[length], new float[length], new float[length]);
        (Xx, Xy, Yy, Residual, Mean) = (new float[length], new float[length], new float[length], new float[length], new float[length]);
    }

    public int Columns { get; }
    public int Rows { get; }
    public int Stride { get; }

    /// <summary>Motion in pixels of this level, to the right and downwards.</summary>
    public float[] U { get; }
    public float[] V { get; }

    /// <summary>The match d*.</summary>
    public float[] MatchU { get; }
    public float[] MatchV { get; }

    /// <summary>A's three entries, in 1 / pixel².</summary>
    public float[] Xx { get; }
    public float[] Xy { get; }
    public float[] Yy { get; }

    /// <summary>Mean squared difference of the match, grey levels².</summary>
    public float[] Residual { get; }

    /// <summary>Mean brightness of the patch.</summary>
    public float[] Mean { get; }

    /// <summary>Where node (i, j) lies in the arrays.</summary>
    public int Index(int i, int j) => (j + 1) * Stride + Margin + i;

    /// <summary>No motion.</summary>
    public void Clear()
    {
        Array.Clear(U);
        Array.Clear(V);
    }

    /// <summary>Takes over the motion of a level of half the size: bilinear, twice as long.</summary>
    public void Enlarge(PatchGrid coarse)
    {
        for (int j = 0; j < Rows; j++)
        {
            // Node j lies at j/2 - 1/4 of the coarse grid: three quarters of the nearest node, one of the next.
            int near = Math.Min(j / 2, coarse.Rows - 1), next = Math.Clamp(j / 2 + (j % 2 == 0 ? -1 : 1), 0, coarse.Rows - 1);
            for (int i = 0, to = Index(0, j); i < Columns; i++, to++)
            {
                int left = Math.Min(i / 2, coarse.Columns - 1), right = Math.Clamp(i / 2 + (i % 2 == 0 ? -1 : 1), 0, coarse.Columns - 1);
                int a = coarse.Index(left, near), b = coarse.Index(right, near), c = coarse.Index(left, next), d = coarse.Index(right, next);
                U[to] = 1.125f * coarse.U[a] + 0.375f * (coarse.U[b] + coarse.U[c]) + 0.125f * coarse.U[d];
                V[to] = 1.125f * coarse.V[a] + 0.375f * (coarse.V[b] + coarse.V[c]) + 0.125f * coarse.V[d];
            }
        }
    }
}
