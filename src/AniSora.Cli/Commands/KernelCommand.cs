using System.CommandLine;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using AniSora.Cli.Hosting;

namespace AniSora.Cli.Commands;

/// <summary><c>anisora kernel</c>: tells Jupyter about the C# kernel.</summary>
internal static partial class KernelCommand
{
    private const string DefaultName = "anisora-csharp", SpecFile = "kernel.json", DisplayName = "C# (AniSora)", Program = "anisora-kernel";

    /// <summary>Describes the command.</summary>
    public static Command Create() => new("kernel", "Use C# in Jupyter: install, list or remove the kernel.") { Install(), List(), Uninstall() };

    private static Command Install()
    {
        var name = new Option<string>("--name") { Description = "The kernel's name for Jupyter's own commands.", DefaultValueFactory = _ => DefaultName };
        var place = new Place();
        var kernel = new Option<string?>("--kernel") { Description = "The folder that 'make kernel' filled; out/kernel of the repository unless told." };
        var command = new Command("install", "Add the kernel to Jupyter, for you alone unless told where.") { name, place.SysPrefix, place.Prefix, kernel };
        command.SetAction(parsed =>
        {
            string program = FindProgram(parsed.GetValue(kernel));
            string folder = FolderOf(place.Kernels(parsed), parsed.GetValue(name)!);
            Directory.CreateDirectory(folder);
            byte[] spec = JsonSerializer.SerializeToUtf8Bytes(Spec(program), new JsonSerializerOptions { WriteIndented = true });
            AtomicFile.Write(Path.Combine(folder, SpecFile), stream => stream.Write(spec));
            Console.WriteLine(folder);
            return ExitCode.Ok;
        });
        return command;
    }

    private static Command List()
    {
        var place = new Place();
        var command = new Command("list", "Show where the kernel is installed, and whether what it starts is there.") { place.SysPrefix, place.Prefix };
        command.SetAction(parsed =>
        {
            foreach (var (folder, program) in Installed(place.Kernels(parsed)))
                Console.WriteLine($"{Path.GetFileName(folder)}\t{program}{(File.Exists(program) ? "" : "\tmissing: make kernel")}");
            return ExitCode.Ok;
        });
        return command;
    }

    private static Command Uninstall()
    {
        var name = new Option<string>("--name") { Description = "The name it was installed with.", DefaultValueFactory = _ => DefaultName };
        var place = new Place();
        var command = new Command("uninstall", "Remove the kernel from Jupyter.") { name, place.SysPrefix, place.Prefix };
        command.SetAction(parsed =>
        {
            string kernels = place.Kernels(parsed), folder = FolderOf(kernels, parsed.GetValue(name)!);
            // Another program's kernel of that name is not ours to remove.
            if (!Installed(kernels).Any(installed => installed.Folder == folder))
                throw new InputException($"{folder}: no kernel of ours is installed there; 'anisora kernel list' shows those that are");
            Directory.Delete(folder, recursive: true);
            Console.WriteLine(folder);
            return ExitCode.Ok;
        });
        return command;
    }

    private static JsonObject Spec(string program)
    {
        // A browser and a server share the machine with a kernel: OpenMP's threads that wait by spinning would take their processors, and make
        // libtorch slower by tens of times. It is read when libtorch loads, so no cell can set it.
        var environment = new JsonObject { ["DOTNET_DbgEnableMiniDump"] = "0", ["OMP_WAIT_POLICY"] = "passive" };
        // A runtime that was not installed where programs look by themselves has to be named.
        if (Environment.GetEnvironmentVariable("DOTNET_ROOT") is { Length: > 0 } root)
            environment["DOTNET_ROOT"] = root;
        return new JsonObject
        {
            ["argv"] = new JsonArray(program, "{connection_file}"),
            ["display_name"] = DisplayName,
            ["language"] = "C#",
            ["interrupt_mode"] = "message",
            ["env"] = environment,
        };
    }

    private static string FindProgram(string? folder)
    {
        folder ??= Path.Combine(RepositoryFolder.Find() ?? ".", "out", "kernel");
        string program = Path.GetFullPath(Path.Combine(folder, Program));
        return File.Exists(program) ? program : throw new InputException($"{program} is not there: build it with 'make kernel', or name its folder with --kernel");
    }

    private static string FolderOf(string kernels, string name) => Name().IsMatch(name)
        ? Path.Combine(kernels, name)
        : throw new InputException($"--name {name}: Jupyter knows kernels by lower-case letters, digits, '-', '_' and '.' only");

    private static IEnumerable<(string Folder, string Program)> Installed(string kernels)
    {
        if (!Directory.Exists(kernels))
            yield break;
        foreach (string folder in Directory.GetDirectories(kernels).Order(StringComparer.Ordinal))
        {
            if (ProgramOf(Path.Combine(folder, SpecFile)) is { } program && Path.GetFileName(program) == Program)
                yield return (folder, program);
        }
    }

    private static string? ProgramOf(string spec)
    {
        try
        {
            return File.Exists(spec) ? (JsonNode.Parse(File.ReadAllText(spec))?["argv"] as JsonArray)?[0]?.ToString() : null;
        }
        catch (Exception e) when (e is JsonException or ArgumentOutOfRangeException)
        {
            return null; // somebody else's broken kernel
        }
    }

    [GeneratedRegex("^[a-z0-9._-]+$")]
    private static partial Regex Name();

    private sealed class Place
    {
        public Option<bool> SysPrefix { get; } = new("--sys-prefix") { Description = "In the active Python environment ($VIRTUAL_ENV or $CONDA_PREFIX)." };

        public Option<string?> Prefix { get; } = new("--prefix") { Description = "Below this folder, in share/jupyter/kernels." };

        public string Kernels(ParseResult parsed)
        {
            string? prefix = parsed.GetValue(Prefix);
            if (parsed.GetValue(SysPrefix))
            {
                if (prefix is not null)
                    throw new InputException("--sys-prefix and --prefix both say where: leave one away");
                prefix = new[] { "VIRTUAL_ENV", "CONDA_PREFIX" }.Select(Environment.GetEnvironmentVariable).FirstOrDefault(path => !string.IsNullOrEmpty(path))
                    ?? throw new InputException("--sys-prefix: no Python environment is active (neither VIRTUAL_ENV nor CONDA_PREFIX is set); use --prefix");
            }
            if (prefix is not null)
                return Path.GetFullPath(Path.Combine(prefix, "share", "jupyter", "kernels"));
            string data = Environment.GetEnvironmentVariable("JUPYTER_DATA_DIR") is { Length: > 0 } jupyter ? jupyter
                : Environment.GetEnvironmentVariable("XDG_DATA_HOME") is { Length: > 0 } xdg ? Path.Combine(xdg, "jupyter")
                : Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".local", "share", "jupyter");
            return Path.Combine(Path.GetFullPath(data), "kernels");
        }
    }
}
