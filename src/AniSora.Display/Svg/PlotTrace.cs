namespace AniSora.Display.Svg;

/// <summary>Something to draw, as it was read from a chart.</summary>
internal abstract record PlotTrace
{
    public string? Name { get; init; }

    public string? Color { get; init; }

    public bool OnRight { get; init; }

    public bool InLegend { get; init; } = true;
}

internal sealed record LineTrace(double[] X, double[] Y) : PlotTrace
{
    public double Width { get; init; } = 2;

    public double Opacity { get; init; } = 1;

    public bool Dashed { get; init; }
}

internal sealed record ScatterTrace(double[] X, double[] Y) : PlotTrace
{
    public double Size { get; init; } = 7;

    public double[]? Error { get; init; }

    public string[]? Labels { get; init; }
}

internal sealed record BarTrace(string[] Categories, double[] Values) : PlotTrace
{
    public double[]? Error { get; init; }
}

internal sealed record HistogramTrace(double Start, double Width, double[] Heights) : PlotTrace;

internal sealed record BoxTrace(string Category, Samples.Box Summary) : PlotTrace;

/// <summary>Row by row, the first at the bottom.</summary>
internal sealed record HeatmapTrace(double[][] Values, string[]? Columns, string[]? Rows, string ColorScale) : PlotTrace;

internal sealed record RadarTrace(string[] Measures, double[] Values) : PlotTrace;

internal sealed record Scatter3DTrace(double[] X, double[] Y, double[] Z, double Size) : PlotTrace;
