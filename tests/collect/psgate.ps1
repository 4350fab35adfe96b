# Turns PowerShell scripts into their syntax trees, from PowerShell's own parser. It reads and says nothing else:
# whether a tree may be shipped is decided in tests/collect/readonly.py.
# stdin: a JSON list of script texts. stdout: a JSON list, per script { errors, requires, nodes }; a node is
# { type, parent (index, -1 = none), line, text, ... } with the fields of its kind, in the order of the tree.
$ErrorActionPreference = 'Stop'

function Read-Fields($Node) {
    switch ($Node.GetType().Name) {
        'CommandAst' {
            @{
                name     = $Node.GetCommandName()
                operator = [string]$Node.InvocationOperator
                elements = @($Node.CommandElements | ForEach-Object {
                        $kind = $_.GetType().Name
                        @{
                            kind  = $kind
                            text  = $_.Extent.Text
                            name  = if ($kind -eq 'CommandParameterAst') { $_.ParameterName } else { $null }
                            bound = $kind -eq 'CommandParameterAst' -and $null -ne $_.Argument
                            value = if ($kind -eq 'StringConstantExpressionAst') { $_.Value } else { $null }
                            quote = if ($kind -eq 'StringConstantExpressionAst') { [string]$_.StringConstantType } else { $null }
                        }
                    })
            }
        }
        'PipelineAst' { @{ background = [bool]$Node.Background; length = $Node.PipelineElements.Count } }
        { $_ -in 'InvokeMemberExpressionAst', 'MemberExpressionAst' } {
            @{
                static  = $Node.Static
                on      = $Node.Expression.Extent.Text
                onKind  = $Node.Expression.GetType().Name
                member  = $Node.Member.Extent.Text
                literal = $Node.Member.GetType().Name -eq 'StringConstantExpressionAst'
                perhaps = [bool]$Node.NullConditional
            }
        }
        'IndexExpressionAst' { @{ perhaps = [bool]$Node.NullConditional } }
        'VariableExpressionAst' {
            @{ name = $Node.VariablePath.UserPath; unqualified = $Node.VariablePath.IsUnqualified; splatted = $Node.Splatted }
        }
        'AssignmentStatementAst' { @{ leftKind = $Node.Left.GetType().Name; left = $Node.Left.Extent.Text; right = $Node.Right.Extent.Text; operator = [string]$Node.Operator } }
        'BinaryExpressionAst' { @{ operator = [string]$Node.Operator } }
        'UnaryExpressionAst' { @{ operator = [string]$Node.TokenKind } }
        'ForEachStatementAst' { @{ variable = $Node.Variable.VariablePath.UserPath; over = $Node.Condition.Extent.Text; flags = [string]$Node.Flags; label = $Node.Label } }
        'FunctionDefinitionAst' { @{ name = $Node.Name; filter = $Node.IsFilter; workflow = $Node.IsWorkflow } }
        'ParameterAst' {
            @{
                name    = $Node.Name.VariablePath.UserPath
                default = $null -ne $Node.DefaultValue
                types   = @($Node.Attributes | ForEach-Object { $_.GetType().Name + ' ' + $_.TypeName.FullName })
            }
        }
        { $_ -in 'TypeExpressionAst', 'TypeConstraintAst' } { @{ name = $Node.TypeName.FullName } }
        'ConvertExpressionAst' { @{ name = $Node.Type.TypeName.FullName } }
        'NamedBlockAst' { @{ kind = [string]$Node.BlockKind; unnamed = $Node.Unnamed } }
        'FileRedirectionAst' { @{ from = [string]$Node.FromStream; to = $Node.Location.Extent.Text; append = $Node.Append } }
        'CatchClauseAst' { @{ types = @($Node.CatchTypes | ForEach-Object { $_.TypeName.FullName }) } }
        default { @{} }
    }
}

function Read-Tree([string]$Text) {
    $tokens = $null
    $errors = $null
    $tree = [System.Management.Automation.Language.Parser]::ParseInput($Text, [ref]$tokens, [ref]$errors)
    $index = @{}
    $nodes = @(foreach ($node in $tree.FindAll({ $true }, $true)) {
            $fields = Read-Fields $node
            $fields.type = $node.GetType().Name
            $fields.parent = if ($null -ne $node.Parent -and $index.ContainsKey($node.Parent)) { $index[$node.Parent] } else { -1 }
            $fields.line = $node.Extent.StartLineNumber
            $fields.text = if ($node.Extent.Text.Length -gt 200) { $node.Extent.Text.Substring(0, 200) } else { $node.Extent.Text }
            $index[$node] = $index.Count
            $fields
        })
    @{
        errors   = @($errors | ForEach-Object { "line $($_.Extent.StartLineNumber): $($_.Message)" })
        requires = $null -ne $tree.ScriptRequirements
        nodes    = $nodes
    }
}

$trees = @(foreach ($text in ConvertFrom-Json ([Console]::In.ReadToEnd())) { Read-Tree $text })
ConvertTo-Json -InputObject $trees -Depth 8 -Compress
