using System.Text;
using System.Text.RegularExpressions;
using System.Xml;
using System.Xml.Linq;

namespace AniSora.Jupyter.Assistance;

/// <summary>XML documentation as a person reads it.</summary>
internal static partial class XmlText
{
    /// <summary>Summary, parameters, result, exceptions and remarks; empty when there is none.</summary>
    /// <param name="xml">A <c>member</c> element, or null.</param>
    public static string Of(string? xml)
    {
        if (string.IsNullOrWhiteSpace(xml))
            return "";
        XElement member;
        try
        {
            member = XElement.Parse(xml, LoadOptions.PreserveWhitespace);
        }
        catch (XmlException)
        {
            return "";
        }
        var text = new StringBuilder(Plain(member.Element("summary")));
        foreach (var parameter in member.Elements("param").Concat(member.Elements("typeparam")))
            Add(text, parameter.Attribute("name")?.Value ?? "", parameter);
        Add(text, "returns", member.Element("returns"));
        foreach (var exception in member.Elements("exception"))
            Add(text, "throws " + Short(exception.Attribute("cref")?.Value ?? ""), exception);
        Add(text, "remarks", member.Element("remarks"));
        return text.ToString().Trim();
    }

    private static void Add(StringBuilder text, string name, XElement? element)
    {
        if (Plain(element) is { Length: > 0 } content)
            text.Append("\n\n").Append(name).Append(": ").Append(content);
    }

    private static string Plain(XElement? element) => element is null ? "" : Blanks().Replace(string.Concat(element.Nodes().Select(Node)), " ").Trim();

    private static string Node(XNode node) => node switch
    {
        XText text => text.Value,
        XElement { Name.LocalName: "see" or "seealso" } see => see.Value.Length > 0 ? see.Value : Short(see.Attribute("cref")?.Value ?? see.Attribute("langword")?.Value ?? ""),
        XElement { Name.LocalName: "paramref" or "typeparamref" } reference => reference.Attribute("name")?.Value ?? "",
        XElement element => string.Concat(element.Nodes().Select(Node)),
        _ => "",
    };

    // T:System.Collections.Generic.List`1 is List for a reader.
    private static string Short(string reference)
    {
        int end = reference.IndexOf('(', StringComparison.Ordinal);
        string name = end < 0 ? reference : reference[..end];
        bool member = name.Length > 1 && name[1] == ':' && name[0] != 'T';
        string[] parts = name[(name.IndexOf(':', StringComparison.Ordinal) + 1)..].Split('.');
        return Generic().Replace(string.Join('.', parts.TakeLast(member ? 2 : 1)), "");
    }

    [GeneratedRegex(@"\s+")]
    private static partial Regex Blanks();

    [GeneratedRegex(@"`+\d+")]
    private static partial Regex Generic();
}
