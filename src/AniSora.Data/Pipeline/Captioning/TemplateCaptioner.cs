using System.Text.RegularExpressions;
using AniSora.Kernels;

namespace AniSora.Data.Pipeline.Captioning;

/// <summary>Captions from what a source says of itself: title, subject, colour, action, direction. Wordings vary; facts don't.</summary>
public static partial class TemplateCaptioner
{
    private static readonly string[] _frames = ["{0}", "an animation of {0}", "{0}, animated", "a short clip of {0}", "cartoon: {0}", "{0} in an animated clip", "a moving picture of {0}", "animated {0}", "a clip that shows {0}"];

    /// <summary>The captions of a source's clips, the canonical one first.</summary>
    /// <param name="source">The source.</param>
    /// <param name="seed">Chooses the wordings.</param>
    /// <param name="variants">How many beside the canonical one; fewer if there are not so many different ones.</param>
    /// <returns>No text is repeated.</returns>
    public static IReadOnlyList<string> Of(SourceRow source, ulong seed = 0, int variants = 0)
    {
        var facts = Facts(source);
        var random = new SplitMix(seed);
        var wordings = facts.SelectMany(fact => _frames.Select(frame => string.Format(null, frame, fact))).Skip(1).ToArray();
        random.Shuffle<string>(wordings);
        return [facts[0], .. wordings.Where(w => w != facts[0]).Distinct().Take(variants)];
    }

    /// <summary>The same facts said in one or two ways, the fullest first.</summary>
    private static List<string> Facts(SourceRow source)
    {
        // A colour alone names nobody.
        string who = source.Subject.Length == 0 || source.Colour.Length == 0 ? source.Subject : $"{source.Colour} {source.Subject}";
        string where = Compass.Words.TryGetValue(source.Direction, out string? compass) ? compass : source.Direction;
        var facts = new List<string>();
        if (who.Length > 0)
        {
            string action = source.Label.Length > 0 ? $"{Article(who)} {who} {source.Label}" : $"{Article(who)} {who}";
            if (where.Length > 0)
                facts.AddRange([$"{action}, facing {where}", $"{action} to the {where}"]);
            else
                facts.Add(action);
        }
        string title = Tidy(source.Title);
        if (title.Length > 0 && (who.Length == 0 || !facts.Exists(f => f.Contains(title, StringComparison.OrdinalIgnoreCase))))
            facts.Add(who.Length == 0 && source.Label.Length > 0 && !title.Contains(source.Label, StringComparison.OrdinalIgnoreCase) ? $"{title}, {source.Label}" : title);
        if (facts.Count == 0)
            facts.Add(source.Label.Length > 0 ? source.Label : Tidy(Path.GetFileNameWithoutExtension(source.SourceId)));
        return facts;
    }

    private static string Article(string noun) => "aeiou".Contains(char.ToLowerInvariant(noun[0])) ? "an" : "a";

    private static string Tidy(string title) => Separators().Replace(title, " ").Trim();

    [GeneratedRegex(@"[\s_]+")]
    private static partial Regex Separators();
}
