using Plotly.NET;
using Plotly.NET.LayoutObjects;

namespace AniSora.Display;

/// <summary>One axis of a figure. Everything is optional; a text alone is its title.</summary>
/// <param name="Title">What is measured, with its unit.</param>
/// <param name="Logarithmic">Powers of ten at equal distances.</param>
/// <param name="Minimum">Lower end of the range, in data units; given together with <paramref name="Maximum"/>.</param>
/// <param name="Maximum">Upper end of the range, in data units.</param>
/// <param name="TickStep">Distance of the ticks in data units; on a logarithmic axis in powers of ten.</param>
/// <param name="TickFormat">A d3 format such as <c>.1f</c>.</param>
/// <param name="TickSuffix">Text after each tick, such as <c> dB</c>.</param>
public sealed record Axis(
    string? Title = null, bool Logarithmic = false, double? Minimum = null, double? Maximum = null,
    double? TickStep = null, string? TickFormat = null, string? TickSuffix = null)
{
    /// <summary>An axis with a title.</summary>
    /// <param name="title">What is measured, with its unit.</param>
    public static implicit operator Axis(string title) => new(title);

    /// <summary>As Plotly.NET has it.</summary>
    internal LinearAxis ToPlotly() => new LinearAxis()
        .With("title", Title is null ? null : new Title().With("text", Title))
        .With("type", Logarithmic ? "log" : null)
        .With("range", this is { Minimum: { } low, Maximum: { } high } ? new[] { Exponent(low), Exponent(high) } : null)
        .With("dtick", TickStep)
        .With("tickformat", TickFormat)
        .With("ticksuffix", TickSuffix);

    /// <summary>plotly.js wants the ends of a logarithmic axis as powers of ten.</summary>
    private double Exponent(double end) => Logarithmic ? Math.Log10(end) : end;
}
