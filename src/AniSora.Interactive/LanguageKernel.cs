using Microsoft.DotNet.Interactive;
using Microsoft.DotNet.Interactive.Commands;
using Microsoft.DotNet.Interactive.Events;
using Microsoft.DotNet.Interactive.Formatting;

namespace AniSora.Interactive;

/// <summary>A language that a notebook added, as a kernel among .NET Interactive's own.</summary>
/// <param name="name">Cells that begin with <c>#!name</c> come here.</param>
/// <param name="run">Gets such a cell's text; what it returns is shown.</param>
internal sealed class LanguageKernel(string name, Func<string, object?> run) : Kernel(name), IKernelCommandHandler<SubmitCode>
{
    Task IKernelCommandHandler<SubmitCode>.HandleAsync(SubmitCode command, KernelInvocationContext context)
    {
        object? value = run(command.Code);
        context.Publish(new ReturnValueProduced(value, command, FormattedValue.CreateManyFromObject(value)));
        return Task.CompletedTask;
    }
}
