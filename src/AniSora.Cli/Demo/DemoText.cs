using System.Globalization;
using AniSora.Display;
using AniSora.Evaluation;

namespace AniSora.Cli.Demo;

/// <summary>How the page says numbers.</summary>
internal static class DemoText
{
    private static readonly string[] SmallNumbers =
        ["zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve", "thirteen",
         "fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen", "twenty"];

    /// <summary>"three", or "21".</summary>
    public static string Count(int n) => n >= 0 && n < SmallNumbers.Length ? SmallNumbers[n] : n.ToString(CultureInfo.InvariantCulture);

    /// <summary>"Three", or "21".</summary>
    public static string CountStart(int n) => Count(n) is var word && char.IsLetter(word[0]) ? char.ToUpperInvariant(word[0]) + word[1..] : word;

    /// <summary>"1,234,567" with thin spaces instead of commas, as numbers are set in running text.</summary>
    public static string Grouped(long n) => n.ToString("N0", CultureInfo.InvariantCulture).Replace(',', '\u202F');

    /// <summary>"3.4 s", "2 min 05 s", "1 h 52 min".</summary>
    public static string Duration(TimeSpan time) => time switch
    {
        { TotalSeconds: < 9.95 } => string.Create(CultureInfo.InvariantCulture, $"{time.TotalSeconds:0.0}\u00A0s"),
        { TotalSeconds: < 59.5 } => string.Create(CultureInfo.InvariantCulture, $"{time.TotalSeconds:0}\u00A0s"),
        { TotalMinutes: < 60 } => string.Create(CultureInfo.InvariantCulture, $"{(int)time.TotalMinutes}\u00A0min\u00A0{time.Seconds:00}\u00A0s"),
        _ => string.Create(CultureInfo.InvariantCulture, $"{(int)time.TotalHours}\u00A0h\u00A0{time.Minutes:00}\u00A0min"),
    };

    /// <summary>"27.4 ± 0.3" in the given format (the error without its sign); a dash when there is no number.</summary>
    public static Html PlusMinus(Statistic statistic, string format, string unit = "")
    {
        if (double.IsNaN(statistic.Mean))
            return Html.Of($"–");
        string mean = statistic.Mean.ToString(format, CultureInfo.InvariantCulture).Replace('-', '−');
        string error = double.IsNaN(statistic.StandardError) ? "" : "\u00A0±\u00A0" + statistic.StandardError.ToString(format.Split(';')[0].TrimStart('+'), CultureInfo.InvariantCulture);
        return Html.Of($"<span class=\"number\">{mean}<small>{error}</small>{unit}</span>");
    }

    /// <summary>"27.4 dB".</summary>
    public static string Decibel(double psnr) => double.IsNaN(psnr) ? "–" : psnr.ToString("0.0", CultureInfo.InvariantCulture) + "\u00A0dB";

    /// <summary>"2.1 ± 0.3 dB above cross-fade" or "… below …"; "level with …" inside one standard error.</summary>
    public static string Against(Statistic difference, string rule)
    {
        if (double.IsNaN(difference.Mean))
            return $"not comparable with {rule}";
        string error = double.IsNaN(difference.StandardError) ? "" : "\u00A0±\u00A0" + difference.StandardError.ToString("0.0", CultureInfo.InvariantCulture);
        string size = Math.Abs(difference.Mean).ToString("0.0", CultureInfo.InvariantCulture);
        if (Math.Abs(difference.Mean) < 0.05 || Math.Abs(difference.Mean) <= difference.StandardError)
            return $"level with {rule} ({(difference.Mean < 0 ? "−" : "+")}{size}{error}\u00A0dB)";
        return $"{size}{error}\u00A0dB {(difference.Mean > 0 ? "above" : "below")} {rule}";
    }

    /// <summary>A sentence's first letter made large.</summary>
    public static string Sentence(string text) => text.Length == 0 ? text : char.ToUpperInvariant(text[0]) + text[1..];
}
