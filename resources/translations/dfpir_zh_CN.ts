<?xml version="1.0" encoding="utf-8"?>
<!DOCTYPE TS>
<TS version="2.1" language="zh_CN" sourcelanguage="en">
    <context>
        <name />
        <message>
            <source>&amp;100 %</source>
            <translation>&amp;100 %</translation>
        </message>
        <message>
            <source>&amp;200 %</source>
            <translation>&amp;200 %</translation>
        </message>
        <message>
            <source>&amp;About DFPIR Studio</source>
            <translation>关于 DFPIR Studio(&amp;A)</translation>
        </message>
        <message>
            <source>&amp;Amplify difference</source>
            <translation>提高差异放大倍数(&amp;A)</translation>
        </message>
        <message>
            <source>&amp;Brush</source>
            <translation>画笔(&amp;B)</translation>
        </message>
        <message>
            <source>&amp;Close photo</source>
            <translation>关闭照片(&amp;C)</translation>
        </message>
        <message>
            <source>&amp;Colour range</source>
            <translation>颜色范围(&amp;C)</translation>
        </message>
        <message>
            <source>&amp;Compare with</source>
            <translation>比较对象(&amp;C)</translation>
        </message>
        <message>
            <source>&amp;Copy photo</source>
            <translation>复制照片(&amp;C)</translation>
        </message>
        <message>
            <source>&amp;Difference</source>
            <translation>差异(&amp;D)</translation>
        </message>
        <message>
            <source>&amp;Done</source>
            <translation>完成(&amp;D)</translation>
        </message>
        <message>
            <source>&amp;Edit</source>
            <translation>编辑(&amp;E)</translation>
        </message>
        <message>
            <source>&amp;Edit mask</source>
            <translation>编辑蒙版(&amp;E)</translation>
        </message>
        <message>
            <source>&amp;Export…</source>
            <translation>导出(&amp;E)…</translation>
        </message>
        <message>
            <source>&amp;File</source>
            <translation>文件(&amp;F)</translation>
        </message>
        <message>
            <source>&amp;Fit</source>
            <translation>适合窗口(&amp;F)</translation>
        </message>
        <message>
            <source>&amp;Guide</source>
            <translation>使用指南(&amp;G)</translation>
        </message>
        <message>
            <source>&amp;Help</source>
            <translation>帮助(&amp;H)</translation>
        </message>
        <message>
            <source>&amp;Hold</source>
            <translation>按住对比(&amp;H)</translation>
        </message>
        <message>
            <source>&amp;Invert mask</source>
            <translation>反转蒙版(&amp;I)</translation>
        </message>
        <message>
            <source>&amp;Keyboard shortcuts</source>
            <translation>键盘快捷键(&amp;K)</translation>
        </message>
        <message>
            <source>&amp;Linear gradient</source>
            <translation>线性渐变(&amp;L)</translation>
        </message>
        <message>
            <source>&amp;Loupe</source>
            <translation>放大镜(&amp;L)</translation>
        </message>
        <message>
            <source>&amp;Manage models…</source>
            <translation>管理模型(&amp;M)…</translation>
        </message>
        <message>
            <source>&amp;Models</source>
            <translation>模型(&amp;M)</translation>
        </message>
        <message>
            <source>&amp;Next photo</source>
            <translation>下一张照片(&amp;N)</translation>
        </message>
        <message>
            <source>&amp;Open…</source>
            <translation>打开(&amp;O)…</translation>
        </message>
        <message>
            <source>&amp;Paste</source>
            <translation>粘贴(&amp;P)</translation>
        </message>
        <message>
            <source>&amp;Photo</source>
            <translation>照片(&amp;P)</translation>
        </message>
        <message>
            <source>&amp;Picture…</source>
            <translation>图片(&amp;P)…</translation>
        </message>
        <message>
            <source>&amp;Preview</source>
            <translation>预览(&amp;P)</translation>
        </message>
        <message>
            <source>&amp;Quit</source>
            <translation>退出(&amp;Q)</translation>
        </message>
        <message>
            <source>&amp;Radial gradient</source>
            <translation>径向渐变(&amp;R)</translation>
        </message>
        <message>
            <source>&amp;Redo</source>
            <translation>重做(&amp;R)</translation>
        </message>
        <message>
            <source>&amp;Restore</source>
            <translation>修复(&amp;R)</translation>
        </message>
        <message>
            <source>&amp;Save</source>
            <translation>保存(&amp;S)</translation>
        </message>
        <message>
            <source>&amp;Sky</source>
            <translation>天空(&amp;S)</translation>
        </message>
        <message>
            <source>&amp;Split</source>
            <translation>分割(&amp;S)</translation>
        </message>
        <message>
            <source>&amp;Stop</source>
            <translation>停止(&amp;S)</translation>
        </message>
        <message>
            <source>&amp;Try all…</source>
            <translation>全部试用(&amp;T)…</translation>
        </message>
        <message>
            <source>&amp;Undo</source>
            <translation>撤销(&amp;U)</translation>
        </message>
        <message>
            <source>&amp;View</source>
            <translation>视图(&amp;V)</translation>
        </message>
        <message>
            <source>A&amp;ttenuate difference</source>
            <translation>降低差异放大倍数(&amp;T)</translation>
        </message>
        <message>
            <source>Ablations</source>
            <translation>消融</translation>
        </message>
        <message>
            <source>About the prompts</source>
            <translation>关于提示</translation>
        </message>
        <message>
            <source>Across</source>
            <translation>水平位置</translation>
        </message>
        <message>
            <source>Add</source>
            <translation>添加</translation>
        </message>
        <message>
            <source>Add a grey picture from a file to the mask</source>
            <translation>把文件中的灰度图片加入蒙版</translation>
        </message>
        <message>
            <source>Add a linear gradient to the mask</source>
            <translation>在蒙版中添加线性渐变</translation>
        </message>
        <message>
            <source>Add a radial gradient to the mask</source>
            <translation>在蒙版中添加径向渐变</translation>
        </message>
        <message>
            <source>Add a range of colours to the mask</source>
            <translation>在蒙版中添加颜色范围</translation>
        </message>
        <message>
            <source>Add a range of lightness to the mask</source>
            <translation>在蒙版中添加亮度范围</translation>
        </message>
        <message>
            <source>Add the sky to the mask</source>
            <translation>在蒙版中添加天空</translation>
        </message>
        <message>
            <source>Add, inspect, select and remove models</source>
            <translation>添加、查看、选择和移除模型</translation>
        </message>
        <message>
            <source>Alt+Up or Alt+Down</source>
            <translation>Alt+上 或 Alt+下</translation>
        </message>
        <message>
            <source>Amplify the difference less</source>
            <translation>降低差异的放大倍数</translation>
        </message>
        <message>
            <source>Amplify the difference more</source>
            <translation>提高差异的放大倍数</translation>
        </message>
        <message>
            <source>Angle</source>
            <translation>角度</translation>
        </message>
        <message>
            <source>Apply re&amp;cipe…</source>
            <translation>应用配方(&amp;C)…</translation>
        </message>
        <message>
            <source>Apply the step everywhere</source>
            <translation>在整张照片上应用该步骤</translation>
        </message>
        <message>
            <source>Apply the step outside the mask instead</source>
            <translation>改为在蒙版之外应用该步骤</translation>
        </message>
        <message>
            <source>Apply the steps, rotation and crop of a recipe file</source>
            <translation>应用配方文件中的步骤、旋转和裁剪</translation>
        </message>
        <message>
            <source>Arrow keys</source>
            <translation>方向键</translation>
        </message>
        <message>
            <source>As trained</source>
            <translation>与训练时相同</translation>
        </message>
        <message>
            <source>Attention</source>
            <translation>注意力</translation>
        </message>
        <message>
            <source>BSDS500 train, less the backgrounds of Rain100L test: 133 clean photos, research use</source>
            <translation>BSDS500 训练集，去掉 Rain100L 测试集的背景：133 张干净照片，仅供研究使用</translation>
        </message>
        <message>
            <source>Bat&amp;ch</source>
            <translation>批处理(&amp;C)</translation>
        </message>
        <message>
            <source>Best</source>
            <translation>最佳</translation>
        </message>
        <message>
            <source>Block</source>
            <translation>模块</translation>
        </message>
        <message>
            <source>Both prompts are the same, so there is no difference. Choose another one to compare with.</source>
            <translation>两个提示相同，因此没有差异。请选择另一个提示进行比较。</translation>
        </message>
        <message>
            <source>Brush</source>
            <translation>画笔</translation>
        </message>
        <message>
            <source>Channel × channel: rows are query channels, columns are key channels. They are not places in the photo.</source>
            <translation>通道 × 通道：行是查询通道，列是键通道。它们不是照片中的位置。</translation>
        </message>
        <message>
            <source>Choose a folder of photos to count how often each entry is dropped.</source>
            <translation>选择一个照片文件夹，统计每个元素被丢弃的频率。</translation>
        </message>
        <message>
            <source>Choose a folder with photos of several degradations. The degradation of a photo is taken from its name or its folder (haze.jpg, haze/beach.jpg), else detected.</source>
            <translation>请选择含有多种退化照片的文件夹。照片的退化取自其名称或所在文件夹的名称（haze.jpg、haze/beach.jpg），否则自动检测。</translation>
        </message>
        <message>
            <source>Choose a name and save the restored photo</source>
            <translation>选择名称并保存修复后的照片</translation>
        </message>
        <message>
            <source>Choose format, quality, metadata and name, and save</source>
            <translation>选择格式、质量、元数据和名称后保存</translation>
        </message>
        <message>
            <source>Click a channel to follow it</source>
            <translation>单击一个通道以跟踪它</translation>
        </message>
        <message>
            <source>Close the current photo</source>
            <translation>关闭当前照片</translation>
        </message>
        <message>
            <source>Close the window</source>
            <translation>关闭窗口</translation>
        </message>
        <message>
            <source>Clusters</source>
            <translation>聚类</translation>
        </message>
        <message>
            <source>Colour range</source>
            <translation>颜色范围</translation>
        </message>
        <message>
            <source>Command</source>
            <translation>命令</translation>
        </message>
        <message>
            <source>Compact DFPIR for laptops: one model for noise, rain, haze, motion blur and low light.</source>
            <translation>适合笔记本电脑的紧凑型 DFPIR：一个模型处理噪点、雨、雾霾、运动模糊和低光。</translation>
        </message>
        <message>
            <source>Computing…</source>
            <translation>正在计算…</translation>
        </message>
        <message>
            <source>Copy &amp;steps</source>
            <translation>复制步骤(&amp;S)</translation>
        </message>
        <message>
            <source>Copy and paste steps while the strip is in use</source>
            <translation>使用左侧照片列表时，复制和粘贴步骤</translation>
        </message>
        <message>
            <source>Copy the result, or the photo, to the clipboard</source>
            <translation>将结果（没有结果时为照片）复制到剪贴板</translation>
        </message>
        <message>
            <source>Copy the steps of the photo</source>
            <translation>复制此照片的步骤</translation>
        </message>
        <message>
            <source>Cr&amp;op…</source>
            <translation>裁剪(&amp;O)…</translation>
        </message>
        <message>
            <source>Crop and rotate the photo before it is restored</source>
            <translation>在修复前裁剪和旋转照片</translation>
        </message>
        <message>
            <source>Ctrl+C and Ctrl+V</source>
            <translation>Ctrl+C 和 Ctrl+V</translation>
        </message>
        <message>
            <source>Ctrl+click or Shift+click</source>
            <translation>Ctrl+单击或 Shift+单击</translation>
        </message>
        <message>
            <source>Data</source>
            <translation>数据</translation>
        </message>
        <message>
            <source>Del</source>
            <translation>Del 键</translation>
        </message>
        <message>
            <source>Description</source>
            <translation>说明</translation>
        </message>
        <message>
            <source>Device</source>
            <translation>设备</translation>
        </message>
        <message>
            <source>Direction of the gradient</source>
            <translation>渐变的方向</translation>
        </message>
        <message>
            <source>Double-click</source>
            <translation>双击</translation>
        </message>
        <message>
            <source>Down</source>
            <translation>垂直位置</translation>
        </message>
        <message>
            <source>Drag</source>
            <translation>拖动</translation>
        </message>
        <message>
            <source>Drag its handle</source>
            <translation>拖动其手柄</translation>
        </message>
        <message>
            <source>Drag the line to compare, hold Space to see the original, and press 1 to 4 for other comparisons. A lower strength often looks more natural.</source>
            <translation>拖动分割线进行对比，按住空格键查看原图，按 1 到 4 切换对比方式。较低的强度往往更自然。</translation>
        </message>
        <message>
            <source>E&amp;verywhere except the sky</source>
            <translation>天空以外的所有区域(&amp;V)</translation>
        </message>
        <message>
            <source>Er&amp;ase</source>
            <translation>擦除(&amp;A)</translation>
        </message>
        <message>
            <source>Features</source>
            <translation>特征</translation>
        </message>
        <message>
            <source>Figures</source>
            <translation>指标</translation>
        </message>
        <message>
            <source>Free</source>
            <translation>自由</translation>
        </message>
        <message>
            <source>From</source>
            <translation>从</translation>
        </message>
        <message>
            <source>Full scree&amp;n</source>
            <translation>全屏(&amp;N)</translation>
        </message>
        <message>
            <source>GoPro: 2 pairs of 4; REDS: 3 scenes of 5; research use</source>
            <translation>GoPro：4 对中的 2 对；REDS：5 个场景中的 3 个；仅供研究使用</translation>
        </message>
        <message>
            <source>Height</source>
            <translation>高度</translation>
        </message>
        <message>
            <source>Histogra&amp;m</source>
            <translation>直方图(&amp;M)</translation>
        </message>
        <message>
            <source>History</source>
            <translation>历史</translation>
        </message>
        <message>
            <source>Horizontal position of the middle</source>
            <translation>中点的水平位置</translation>
        </message>
        <message>
            <source>How far the sky reaches across rougher and darker parts</source>
            <translation>天空向较粗糙、较暗的部分延伸的程度</translation>
        </message>
        <message>
            <source>How gradually the mask ends</source>
            <translation>蒙版边缘过渡的平缓程度</translation>
        </message>
        <message>
            <source>How much colours may differ from the picked one</source>
            <translation>颜色与所取颜色可相差的程度</translation>
        </message>
        <message>
            <source>Identity</source>
            <translation>原次序</translation>
        </message>
        <message>
            <source>Ins&amp;pector</source>
            <translation>检视(&amp;P)</translation>
        </message>
        <message>
            <source>Inspect the model</source>
            <translation>检视模型</translation>
        </message>
        <message>
            <source>Intersect</source>
            <translation>相交</translation>
        </message>
        <message>
            <source>LOL v1 our485: 96 pairs, research use</source>
            <translation>LOL v1 our485：96 对，仅供研究使用</translation>
        </message>
        <message>
            <source>Larger brus&amp;h</source>
            <translation>放大画笔(&amp;H)</translation>
        </message>
        <message>
            <source>Leave the sky out of the mask</source>
            <translation>将天空排除在蒙版之外</translation>
        </message>
        <message>
            <source>Length</source>
            <translation>长度</translation>
        </message>
        <message>
            <source>Length of the transition</source>
            <translation>过渡的长度</translation>
        </message>
        <message>
            <source>Li&amp;ghtness range</source>
            <translation>亮度范围(&amp;G)</translation>
        </message>
        <message>
            <source>Licence</source>
            <translation>许可</translation>
        </message>
        <message>
            <source>Lightness range</source>
            <translation>亮度范围</translation>
        </message>
        <message>
            <source>Limit a step to a part of the photo</source>
            <translation>把步骤限制在照片的一部分</translation>
        </message>
        <message>
            <source>Linear gradient</source>
            <translation>线性渐变</translation>
        </message>
        <message>
            <source>List all keyboard shortcuts</source>
            <translation>列出所有键盘快捷键</translation>
        </message>
        <message>
            <source>Loading the model…</source>
            <translation>正在载入模型…</translation>
        </message>
        <message>
            <source>Magnify before and after at the cursor</source>
            <translation>在光标处放大显示修复前后</translation>
        </message>
        <message>
            <source>Make the brush larger</source>
            <translation>放大画笔</translation>
        </message>
        <message>
            <source>Make the brush smaller</source>
            <translation>缩小画笔</translation>
        </message>
        <message>
            <source>Mar&amp;k clipped areas</source>
            <translation>标记截断区域(&amp;K)</translation>
        </message>
        <message>
            <source>Mark clipped shadows in blue and clipped lights in red</source>
            <translation>用蓝色标记截断的阴影，用红色标记截断的高光</translation>
        </message>
        <message>
            <source>Mas&amp;k</source>
            <translation>蒙版(&amp;K)</translation>
        </message>
        <message>
            <source>Mean magnitude</source>
            <translation>平均幅值</translation>
        </message>
        <message>
            <source>Middlebury stereo: 5 rooms with depth, research use; Cityscapes: 3 streets with depth, non-commercial</source>
            <translation>Middlebury stereo：5 个带深度的房间，仅供研究使用；Cityscapes：3 条带深度的街道，非商业用途</translation>
        </message>
        <message>
            <source>Model or settings changed. Restore again to update.</source>
            <translation>模型或设置已更改。请重新修复以更新结果。</translation>
        </message>
        <message>
            <source>Move a step with the mouse</source>
            <translation>用鼠标移动步骤</translation>
        </message>
        <message>
            <source>Move split l&amp;eft</source>
            <translation>分割线左移(&amp;E)</translation>
        </message>
        <message>
            <source>Move split ri&amp;ght</source>
            <translation>分割线右移(&amp;G)</translation>
        </message>
        <message>
            <source>Move the crop frame</source>
            <translation>移动裁剪框</translation>
        </message>
        <message>
            <source>Move the focused step up or down</source>
            <translation>上移或下移当前步骤</translation>
        </message>
        <message>
            <source>Move the photo</source>
            <translation>移动照片</translation>
        </message>
        <message>
            <source>Move the split in larger steps</source>
            <translation>以较大步幅移动分割线</translation>
        </message>
        <message>
            <source>No step is applied, so there is no result.</source>
            <translation>没有应用任何步骤，因此没有结果。</translation>
        </message>
        <message>
            <source>Not restored yet.</source>
            <translation>尚未修复。</translation>
        </message>
        <message>
            <source>Of the other prompt</source>
            <translation>另一提示的次序</translation>
        </message>
        <message>
            <source>Of the prompt</source>
            <translation>该提示的次序</translation>
        </message>
        <message>
            <source>Off</source>
            <translation>关闭</translation>
        </message>
        <message>
            <source>Open &amp;folder…</source>
            <translation>打开文件夹(&amp;F)…</translation>
        </message>
        <message>
            <source>Open &amp;recent</source>
            <translation>最近打开(&amp;R)</translation>
        </message>
        <message>
            <source>Open a photo in the Studio first.</source>
            <translation>请先在工作室中打开一张照片。</translation>
        </message>
        <message>
            <source>Open a second photo in the Studio for comparison.</source>
            <translation>请在工作室中打开第二张照片以作比较。</translation>
        </message>
        <message>
            <source>Open all photos in a folder</source>
            <translation>打开文件夹中的所有照片</translation>
        </message>
        <message>
            <source>Open photos</source>
            <translation>打开照片</translation>
        </message>
        <message>
            <source>Open the image or files from the clipboard</source>
            <translation>打开剪贴板中的图像或文件</translation>
        </message>
        <message>
            <source>Order</source>
            <translation>次序</translation>
        </message>
        <message>
            <source>Order of channels</source>
            <translation>通道次序</translation>
        </message>
        <message>
            <source>Original</source>
            <translation>原图</translation>
        </message>
        <message>
            <source>Paint the mask with a brush</source>
            <translation>用画笔绘制蒙版</translation>
        </message>
        <message>
            <source>Paste st&amp;eps</source>
            <translation>粘贴步骤(&amp;E)</translation>
        </message>
        <message>
            <source>Perturbation block (DGPB) to show: from full resolution (level 1) to the latent block</source>
            <translation>要显示的扰动模块（DGPB）：从全分辨率（第 1 级）到潜在层</translation>
        </message>
        <message>
            <source>Picture</source>
            <translation>图片</translation>
        </message>
        <message>
            <source>Point at a dot to see its picture</source>
            <translation>指向一个点可查看其图片</translation>
        </message>
        <message>
            <source>PolyU real noise: 40 pairs of 50; CC (Nam): 39 pairs of 50; non-commercial</source>
            <translation>PolyU 真实噪点：50 对中的 40 对；CC (Nam)：50 对中的 39 对；非商业用途</translation>
        </message>
        <message>
            <source>Pre&amp;vious photo</source>
            <translation>上一张照片(&amp;V)</translation>
        </message>
        <message>
            <source>Precision</source>
            <translation>精度</translation>
        </message>
        <message>
            <source>Principal components as colours</source>
            <translation>以颜色表示主成分</translation>
        </message>
        <message>
            <source>Prompt</source>
            <translation>提示</translation>
        </message>
        <message>
            <source>Prompt for comparison</source>
            <translation>用于比较的提示</translation>
        </message>
        <message>
            <source>Prompt with which the first one is compared</source>
            <translation>与第一个提示相比较的提示</translation>
        </message>
        <message>
            <source>Prompt with which the photo is restored</source>
            <translation>用于修复照片的提示</translation>
        </message>
        <message>
            <source>Protocol</source>
            <translation>评测方法</translation>
        </message>
        <message>
            <source>RESIDE SOTS-indoor: 40 clean rooms with depth, academic use</source>
            <translation>RESIDE SOTS-indoor：40 个带深度的干净室内场景，仅供学术使用</translation>
        </message>
        <message>
            <source>Radial gradient</source>
            <translation>径向渐变</translation>
        </message>
        <message>
            <source>Radius across the angle</source>
            <translation>垂直于角度方向的半径</translation>
        </message>
        <message>
            <source>Radius along the angle</source>
            <translation>沿角度方向的半径</translation>
        </message>
        <message>
            <source>Rain100L train: 200 rain pairs, research use; the clean sides are BSDS500 test</source>
            <translation>Rain100L 训练集：200 对雨天照片，仅供研究使用；干净的一侧来自 BSDS500 测试集</translation>
        </message>
        <message>
            <source>Random</source>
            <translation>随机</translation>
        </message>
        <message>
            <source>Re&amp;move mask</source>
            <translation>移除蒙版(&amp;M)</translation>
        </message>
        <message>
            <source>Read the user guide</source>
            <translation>阅读使用指南</translation>
        </message>
        <message>
            <source>Redo the last undone change</source>
            <translation>重做上一次撤销的更改</translation>
        </message>
        <message>
            <source>Remove from the mask while painting</source>
            <translation>绘制时从蒙版中擦除</translation>
        </message>
        <message>
            <source>Remove selected photos from the list</source>
            <translation>从列表中移除所选照片</translation>
        </message>
        <message>
            <source>Remove the focused step</source>
            <translation>移除当前步骤</translation>
        </message>
        <message>
            <source>Replace the steps of the selected photos by the copied ones</source>
            <translation>用复制的步骤替换所选照片的步骤</translation>
        </message>
        <message>
            <source>Resize the crop frame</source>
            <translation>调整裁剪框大小</translation>
        </message>
        <message>
            <source>Restore &amp;all</source>
            <translation>全部修复(&amp;A)</translation>
        </message>
        <message>
            <source>Restore all open photos, one after another</source>
            <translation>依次修复所有打开的照片</translation>
        </message>
        <message>
            <source>Restore and compare photos</source>
            <translation>修复并比较照片</translation>
        </message>
        <message>
            <source>Restore only the visible area</source>
            <translation>仅修复可见区域</translation>
        </message>
        <message>
            <source>Restore the photo</source>
            <translation>修复照片</translation>
        </message>
        <message>
            <source>Restore whole folders</source>
            <translation>修复整个文件夹</translation>
        </message>
        <message>
            <source>Rotate &amp;left</source>
            <translation>向左旋转(&amp;L)</translation>
        </message>
        <message>
            <source>Rotate ri&amp;ght</source>
            <translation>向右旋转(&amp;G)</translation>
        </message>
        <message>
            <source>Rotate the photo by 90° to the left</source>
            <translation>将照片向左旋转 90°</translation>
        </message>
        <message>
            <source>Rotate the photo by 90° to the right</source>
            <translation>将照片向右旋转 90°</translation>
        </message>
        <message>
            <source>Run all ablations to compare their effects.</source>
            <translation>运行所有消融以比较其影响。</translation>
        </message>
        <message>
            <source>SICE: 38 pairs of 46, CC BY-NC 4.0</source>
            <translation>SICE：46 对中的 38 对，CC BY-NC 4.0</translation>
        </message>
        <message>
            <source>Samples</source>
            <translation>样本</translation>
        </message>
        <message>
            <source>Save &amp;as…</source>
            <translation>另存为(&amp;A)…</translation>
        </message>
        <message>
            <source>Save the restored photo next to the original, under the suggested name</source>
            <translation>以建议的名称将修复后的照片保存在原图旁边</translation>
        </message>
        <message>
            <source>Saved next to the original, which is never changed. Ctrl+Shift+S asks for a name, Ctrl+E also for the format.</source>
            <translation>已保存在原图旁边，原图永远不会被更改。Ctrl+Shift+S 可选择名称，Ctrl+E 还可选择格式。</translation>
        </message>
        <message>
            <source>Se&amp;ttings…</source>
            <translation>设置(&amp;T)…</translation>
        </message>
        <message>
            <source>Select several photos</source>
            <translation>选择多张照片</translation>
        </message>
        <message>
            <source>Sensitivity</source>
            <translation>灵敏度</translation>
        </message>
        <message>
            <source>Shift+Left or Shift+Right</source>
            <translation>Shift+左 或 Shift+右</translation>
        </message>
        <message>
            <source>Shift+arrow keys</source>
            <translation>Shift+方向键</translation>
        </message>
        <message>
            <source>Show &amp;hints again</source>
            <translation>再次显示提示(&amp;H)</translation>
        </message>
        <message>
            <source>Show &amp;log</source>
            <translation>显示日志(&amp;L)</translation>
        </message>
        <message>
            <source>Show before and after next to each other</source>
            <translation>并排显示修复前后</translation>
        </message>
        <message>
            <source>Show before and after on either side of a line</source>
            <translation>在分割线两侧显示修复前后</translation>
        </message>
        <message>
            <source>Show in fol&amp;der</source>
            <translation>在文件夹中显示(&amp;D)</translation>
        </message>
        <message>
            <source>Show mas&amp;k</source>
            <translation>显示蒙版(&amp;K)</translation>
        </message>
        <message>
            <source>Show more of the original</source>
            <translation>多显示原图</translation>
        </message>
        <message>
            <source>Show more of the result</source>
            <translation>显示更多结果</translation>
        </message>
        <message>
            <source>Show o&amp;riginal</source>
            <translation>显示原图(&amp;R)</translation>
        </message>
        <message>
            <source>Show only the photo; Esc leaves the full screen</source>
            <translation>只显示照片；按 Esc 退出全屏</translation>
        </message>
        <message>
            <source>Show the hints for the first steps again</source>
            <translation>再次显示入门提示</translation>
        </message>
        <message>
            <source>Show the histogram below the result</source>
            <translation>在结果下方显示直方图</translation>
        </message>
        <message>
            <source>Show the log of the program</source>
            <translation>显示程序日志</translation>
        </message>
        <message>
            <source>Show the mask in red over the photo</source>
            <translation>在照片上以红色显示蒙版</translation>
        </message>
        <message>
            <source>Show the next open photo</source>
            <translation>显示下一张打开的照片</translation>
        </message>
        <message>
            <source>Show the original while the key is held</source>
            <translation>按住按键时显示原图</translation>
        </message>
        <message>
            <source>Show the photo larger</source>
            <translation>放大显示照片</translation>
        </message>
        <message>
            <source>Show the photo smaller</source>
            <translation>缩小显示照片</translation>
        </message>
        <message>
            <source>Show the previous open photo</source>
            <translation>显示上一张打开的照片</translation>
        </message>
        <message>
            <source>Show the result only; hold Space to see the original</source>
            <translation>仅显示结果；按住空格键查看原图</translation>
        </message>
        <message>
            <source>Show the saved file, or else the photo, in the file manager</source>
            <translation>在文件管理器中显示已保存的文件；尚未保存时显示照片</translation>
        </message>
        <message>
            <source>Show the whole photo</source>
            <translation>显示整张照片</translation>
        </message>
        <message>
            <source>Show where the result differs from the original</source>
            <translation>显示结果与原图的差异</translation>
        </message>
        <message>
            <source>Side &amp;by side</source>
            <translation>并排(&amp;B)</translation>
        </message>
        <message>
            <source>Sky</source>
            <translation>天空</translation>
        </message>
        <message>
            <source>Smaller br&amp;ush</source>
            <translation>缩小画笔(&amp;U)</translation>
        </message>
        <message>
            <source>Softness</source>
            <translation>柔和度</translation>
        </message>
        <message>
            <source>Source</source>
            <translation>来源</translation>
        </message>
        <message>
            <source>St&amp;udio</source>
            <translation>工作室(&amp;U)</translation>
        </message>
        <message>
            <source>Standard</source>
            <translation>标准</translation>
        </message>
        <message>
            <source>Steps changed. Preview again to update.</source>
            <translation>步骤已更改。请重新预览以更新。</translation>
        </message>
        <message>
            <source>Steps changed. Restore again to update.</source>
            <translation>步骤已更改。请重新修复以更新结果。</translation>
        </message>
        <message>
            <source>Stop editing the mask</source>
            <translation>结束编辑蒙版</translation>
        </message>
        <message>
            <source>Stop the current work</source>
            <translation>停止当前任务</translation>
        </message>
        <message>
            <source>Stopped at your request; nothing was changed.</source>
            <translation>已按您的要求停止；未作任何更改。</translation>
        </message>
        <message>
            <source>Subtract</source>
            <translation>减去</translation>
        </message>
        <message>
            <source>Swap width and height of the crop frame</source>
            <translation>交换裁剪框的宽和高</translation>
        </message>
        <message>
            <source>Synthesis</source>
            <translation>合成</translation>
        </message>
        <message>
            <source>The blocks of this model do not reorder channels (no DGCPM).</source>
            <translation>此模型的模块不重排通道（没有 DGCPM）。</translation>
        </message>
        <message>
            <source>The blocks of this model have no attention (no CAAPM).</source>
            <translation>此模型的模块没有注意力（没有 CAAPM）。</translation>
        </message>
        <message>
            <source>The brightest lightness</source>
            <translation>最亮亮度</translation>
        </message>
        <message>
            <source>The darkest lightness</source>
            <translation>最暗亮度</translation>
        </message>
        <message>
            <source>The model cannot be inspected; see the message above.</source>
            <translation>无法检视此模型；原因见上方消息。</translation>
        </message>
        <message>
            <source>The result was removed because the photo was rotated or cropped. Restore again, or undo.</source>
            <translation>照片已旋转或裁剪，因此结果已移除。请重新修复，或撤销。</translation>
        </message>
        <message>
            <source>The training pictures are for research use (see data): use these weights only for research and private photographs.</source>
            <translation>训练图片仅供研究使用（见训练数据）：这些权重只可用于研究和私人照片。</translation>
        </message>
        <message>
            <source>Theme, language, device, precision, memory</source>
            <translation>主题、语言、设备、精度、内存</translation>
        </message>
        <message>
            <source>This chart was not computed.</source>
            <translation>此图未计算。</translation>
        </message>
        <message>
            <source>This model has no perturbation blocks (DGPB).</source>
            <translation>此模型没有扰动模块（DGPB）。</translation>
        </message>
        <message>
            <source>This model has only one prompt; there is nothing to compare it with.</source>
            <translation>此模型只有一个提示，无法比较。</translation>
        </message>
        <message>
            <source>Ticked problems become steps. Enter restores the photo; P previews the visible area, T tries every step on it.</source>
            <translation>勾选的问题会成为步骤。按 Enter 修复照片；按 P 预览可见区域，按 T 在该区域试用每个步骤。</translation>
        </message>
        <message>
            <source>To</source>
            <translation>到</translation>
        </message>
        <message>
            <source>Tolerance</source>
            <translation>容差</translation>
        </message>
        <message>
            <source>Training steps</source>
            <translation>训练步数</translation>
        </message>
        <message>
            <source>Try every step on the visible area</source>
            <translation>在可见区域试用每个步骤</translation>
        </message>
        <message>
            <source>Undo the last change</source>
            <translation>撤销上一次更改</translation>
        </message>
        <message>
            <source>Undone. Redo brings the result back, or restore again.</source>
            <translation>已撤销。重做可恢复结果，或重新修复。</translation>
        </message>
        <message>
            <source>Updating…</source>
            <translation>正在更新…</translation>
        </message>
        <message>
            <source>Version and licence</source>
            <translation>版本和许可证</translation>
        </message>
        <message>
            <source>Vertical position of the middle</source>
            <translation>中点的垂直位置</translation>
        </message>
        <message>
            <source>Wheel</source>
            <translation>滚轮</translation>
        </message>
        <message>
            <source>Whole photo or 100 %</source>
            <translation>整张照片或 100 %</translation>
        </message>
        <message>
            <source>Width</source>
            <translation>宽度</translation>
        </message>
        <message>
            <source>X</source>
            <translation>X</translation>
        </message>
        <message>
            <source>Zoom &amp;in</source>
            <translation>放大(&amp;I)</translation>
        </message>
        <message>
            <source>Zoom &amp;out</source>
            <translation>缩小(&amp;O)</translation>
        </message>
        <message>
            <source>Zoom at the cursor</source>
            <translation>以光标为中心缩放</translation>
        </message>
        <message>
            <source>Zoom to 100 %</source>
            <translation>缩放到 100 %</translation>
        </message>
        <message>
            <source>Zoom to 200 %</source>
            <translation>缩放到 200 %</translation>
        </message>
        <message>
            <source>blur</source>
            <translation>模糊</translation>
        </message>
        <message>
            <source>camera-shake kernels levin1-3 and levin5-7 (Levin et al. 2009), motion1-2 (DPIR, MIT), 37 estimated kernels; a gyro trace (Vladiant, MIT)</source>
            <translation>相机抖动核 levin1-3 和 levin5-7（Levin 等，2009）、motion1-2（DPIR，MIT）、37 个估计的核；一条陀螺仪轨迹（Vladiant，MIT）</translation>
        </message>
        <message>
            <source>detecting</source>
            <translation>正在检测</translation>
        </message>
        <message>
            <source>exact bands</source>
            <translation>精确分带</translation>
        </message>
        <message>
            <source>failed</source>
            <translation>失败</translation>
        </message>
        <message>
            <source>full frame</source>
            <translation>整幅</translation>
        </message>
        <message>
            <source>haze</source>
            <translation>雾霾</translation>
        </message>
        <message>
            <source>loading</source>
            <translation>正在载入</translation>
        </message>
        <message>
            <source>low
light</source>
            <translation>低光</translation>
        </message>
        <message>
            <source>new</source>
            <translation>新建</translation>
        </message>
        <message>
            <source>queued</source>
            <translation>排队中</translation>
        </message>
        <message>
            <source>rain</source>
            <translation>雨</translation>
        </message>
        <message>
            <source>ready</source>
            <translation>就绪</translation>
        </message>
        <message>
            <source>restored</source>
            <translation>已修复</translation>
        </message>
        <message>
            <source>running</source>
            <translation>正在修复</translation>
        </message>
        <message>
            <source>saved</source>
            <translation>已保存</translation>
        </message>
        <message>
            <source>saving</source>
            <translation>正在保存</translation>
        </message>
        <message>
            <source>sun and haze, Waterloo, DPST photographs and ImageNet stills: 174 clean photos, non-commercial research; desktop wallpapers: 69, free licences</source>
            <translation>sun and haze、Waterloo、DPST 照片和 ImageNet 静态图像：174 张干净照片，仅供非商业研究；桌面壁纸：69 张，自由许可</translation>
        </message>
        <message>
            <source>the first eleven stages were trained on all 50 pairs of PolyU</source>
            <translation>前十一个阶段使用了 PolyU 的全部 50 对进行训练</translation>
        </message>
        <message>
            <source>tiles</source>
            <translation>分块</translation>
        </message>
    </context>
    <context>
        <name>AblationPanel</name>
        <message>
            <source>CAAPM</source>
            <translation>CAAPM</translation>
        </message>
        <message>
            <source>Clean picture of the same photo and size, for PSNR</source>
            <translation>同一照片、相同尺寸的干净图片，用于计算 PSNR</translation>
        </message>
        <message>
            <source>Clean picture of this photo</source>
            <translation>这张照片的干净版本</translation>
        </message>
        <message>
            <source>Clean reference…</source>
            <translation>干净参考图…</translation>
        </message>
        <message>
            <source>DGCPM</source>
            <translation>DGCPM</translation>
        </message>
        <message>
            <source>Effect of each part</source>
            <translation>各部分的影响</translation>
        </message>
        <message>
            <source>Entries of CAAPM's attention that are kept in all blocks</source>
            <translation>在所有模块中保留的 CAAPM 注意力元素</translation>
        </message>
        <message>
            <source>Mask</source>
            <translation>掩码</translation>
        </message>
        <message>
            <source>Mask of the attention</source>
            <translation>注意力掩码</translation>
        </message>
        <message>
            <source>Off: the block returns the output of DGCPM</source>
            <translation>关闭：模块直接返回 DGCPM 的输出</translation>
        </message>
        <message>
            <source>Off: the query of the attention comes from F_n</source>
            <translation>关闭：注意力的查询来自 F_n</translation>
        </message>
        <message>
            <source>Order</source>
            <translation>次序</translation>
        </message>
        <message>
            <source>Order of the channels</source>
            <translation>通道次序</translation>
        </message>
        <message>
            <source>Order that DGCPM applies in all blocks</source>
            <translation>DGCPM 在所有模块中采用的次序</translation>
        </message>
        <message>
            <source>PSNR gain over the unchanged model, dB</source>
            <translation>相对未改动模型的 PSNR 增益，dB</translation>
        </message>
        <message>
            <source>Result of this ablation</source>
            <translation>此消融的结果</translation>
        </message>
        <message>
            <source>Run all ablations</source>
            <translation>运行所有消融</translation>
        </message>
        <message>
            <source>Seed of the random order</source>
            <translation>随机次序的种子</translation>
        </message>
        <message>
            <source>Stop</source>
            <translation>停止</translation>
        </message>
        <message>
            <source>This is the result of the unchanged model.</source>
            <translation>这是未改动模型的结果。</translation>
        </message>
        <message>
            <source>This is the result of the unchanged model. PSNR {psnr} dB.</source>
            <translation>这是未改动模型的结果。PSNR {psnr} dB。</translation>
        </message>
        <message>
            <source>mean |change|, levels of 255</source>
            <translation>平均 |变化|，255 级</translation>
        </message>
        <message>
            <source>seed </source>
            <translation>种子 </translation>
        </message>
        <message>
            <source>{ablation}: mean change of the result {change} levels of 255. PSNR {psnr} dB, {gain} dB compared with the unchanged model ({unchanged} dB).</source>
            <translation>{ablation}：结果平均改变 {change} 级（共 255 级）。PSNR {psnr} dB，与未改动模型（{unchanged} dB）相比 {gain} dB。</translation>
        </message>
        <message>
            <source>{ablation}: mean change of the result {change} levels of 255. Without a clean reference it is unknown whether this is an improvement.</source>
            <translation>{ablation}：结果平均改变 {change} 级（共 255 级）。没有干净参考图时，无法说明是否有改善。</translation>
        </message>
        <message>
            <source>{name} has {size} pixels, the photo {expected}. Choose the clean picture of the same photo.</source>
            <translation>{name} 为 {size} 像素，照片为 {expected}。请选择同一照片的干净图片。</translation>
        </message>
        <message>
            <source>γ, the share of kept entries</source>
            <translation>γ，保留元素的比例</translation>
        </message>
    </context>
    <context>
        <name>Actions</name>
        <message>
            <source>{key} or {other}</source>
            <translation>{key} 或 {other}</translation>
        </message>
    </context>
    <context>
        <name>AttentionPanel</name>
        <message>
            <source>1.00, no mask</source>
            <translation>1.00，无掩码</translation>
        </message>
        <message>
            <source>Another photo that is open in the Studio</source>
            <translation>工作室中打开的另一张照片</translation>
        </message>
        <message>
            <source>Attention between channels</source>
            <translation>通道间的注意力</translation>
        </message>
        <message>
            <source>Choose folder…</source>
            <translation>选择文件夹…</translation>
        </message>
        <message>
            <source>Compare with</source>
            <translation>比较对象</translation>
        </message>
        <message>
            <source>Count dropped entries over a folder of photos, with the first prompt</source>
            <translation>用第一个提示统计一个文件夹的照片中被丢弃的元素</translation>
        </message>
        <message>
            <source>Difference between the two prompts</source>
            <translation>两个提示之间的差异</translation>
        </message>
        <message>
            <source>Difference between two photos</source>
            <translation>两张照片之间的差异</translation>
        </message>
        <message>
            <source>Drop rate of each entry</source>
            <translation>各元素的丢弃率</translation>
        </message>
        <message>
            <source>Folder of photos</source>
            <translation>照片文件夹</translation>
        </message>
        <message>
            <source>Head</source>
            <translation>头</translation>
        </message>
        <message>
            <source>Head of the attention</source>
            <translation>注意力头</translation>
        </message>
        <message>
            <source>Other photo</source>
            <translation>另一张照片</translation>
        </message>
        <message>
            <source>Photo {number} of {count}</source>
            <translation>第 {number} 张照片，共 {count} 张</translation>
        </message>
        <message>
            <source>Result with another γ</source>
            <translation>使用另一 γ 的结果</translation>
        </message>
        <message>
            <source>Stop</source>
            <translation>停止</translation>
        </message>
        <message>
            <source>head {number}</source>
            <translation>第 {number} 头</translation>
        </message>
        <message>
            <source>kept by one only</source>
            <translation>仅一方保留</translation>
        </message>
        <message>
            <source>kept entries (dark)</source>
            <translation>保留的元素（深色）</translation>
        </message>
        <message>
            <source>key channel</source>
            <translation>键通道</translation>
        </message>
        <message>
            <source>logits</source>
            <translation>logits（分数）</translation>
        </message>
        <message>
            <source>query channel</source>
            <translation>查询通道</translation>
        </message>
        <message>
            <source>weights</source>
            <translation>权重</translation>
        </message>
        <message>
            <source>weights after softmax</source>
            <translation>softmax 后的权重</translation>
        </message>
        <message>
            <source>{folder}: not counted with this prompt.</source>
            <translation>{folder}：尚未用此提示统计。</translation>
        </message>
        <message>
            <source>γ</source>
            <translation>γ</translation>
        </message>
        <message>
            <source>γ, the share of kept entries in percent</source>
            <translation>γ，保留元素的比例（百分比）</translation>
        </message>
        <message>
            <source>γ: share of each row of the attention that is kept; 1: no mask</source>
            <translation>γ：注意力每行保留的比例；1 表示无掩码</translation>
        </message>
    </context>
    <context>
        <name>BatchPage</name>
        <message>
            <source>A batch is running. You can resume it later.</source>
            <translation>批处理正在运行。您可以稍后继续。</translation>
        </message>
        <message>
            <source>Batch: {done} of {total}</source>
            <translation>批处理：{done} / {total}</translation>
        </message>
        <message>
            <source>Before and after</source>
            <translation>前后对比</translation>
        </message>
        <message>
            <source>One photo failed.</source>
            <translation>有一张照片失败。</translation>
        </message>
        <message>
            <source>Open in the Studio</source>
            <translation>在工作室中打开</translation>
        </message>
        <message>
            <source>Save report</source>
            <translation>保存报告</translation>
        </message>
        <message>
            <source>Some folders could not be read: {names}</source>
            <translation>有些文件夹无法读取：{names}</translation>
        </message>
        <message>
            <source>Steps</source>
            <translation>步骤</translation>
        </message>
        <message>
            <source>There are no steps in the Studio. Open a photo there and choose some.</source>
            <translation>工作室中没有步骤。请在那里打开一张照片并选择步骤。</translation>
        </message>
        <message>
            <source>processing the folder</source>
            <translation>处理文件夹</translation>
        </message>
        <message>
            <source>{count} photos failed.</source>
            <translation>有 {count} 张照片失败。</translation>
        </message>
        <message>
            <source>{count} photos failed. See Details.</source>
            <translation>有 {count} 张照片失败，原因见“详情”。</translation>
        </message>
    </context>
    <context>
        <name>BatchTexts</name>
        <message>
            <source>   ({note})</source>
            <translation>（{note}）</translation>
        </message>
        <message>
            <source>Clean</source>
            <translation>干净</translation>
        </message>
        <message>
            <source>Not analysed</source>
            <translation>尚未分析</translation>
        </message>
        <message>
            <source>Not written yet: double-click to look at the result and decide.</source>
            <translation>尚未写入：双击可查看结果并决定。</translation>
        </message>
        <message>
            <source>One photo:  {states}</source>
            <translation>1 张照片：{states}</translation>
        </message>
        <message>
            <source>The earlier result {name} is out of date.</source>
            <translation>先前的结果 {name} 已过时。</translation>
        </message>
        <message>
            <source>about {count} h left</source>
            <translation>剩余约 {count} 小时</translation>
        </message>
        <message>
            <source>about {count} min left</source>
            <translation>剩余约 {count} 分钟</translation>
        </message>
        <message>
            <source>cannot be opened</source>
            <translation>无法打开</translation>
        </message>
        <message>
            <source>clean, copied</source>
            <translation>干净，已复制</translation>
        </message>
        <message>
            <source>clean, left out</source>
            <translation>干净，已略过</translation>
        </message>
        <message>
            <source>failed</source>
            <translation>失败</translation>
        </message>
        <message>
            <source>leave unchanged</source>
            <translation>保持原样</translation>
        </message>
        <message>
            <source>left unchanged, copied</source>
            <translation>保持原样，已复制</translation>
        </message>
        <message>
            <source>left unchanged, left out</source>
            <translation>保持原样，已略过</translation>
        </message>
        <message>
            <source>other pictures passed over: {count}</source>
            <translation>另有未处理的图片：{count}</translation>
        </message>
        <message>
            <source>outdated earlier results: {count}</source>
            <translation>已过时的先前结果：{count}</translation>
        </message>
        <message>
            <source>planned: {steps}</source>
            <translation>计划：{steps}</translation>
        </message>
        <message>
            <source>restored</source>
            <translation>已修复</translation>
        </message>
        <message>
            <source>saving</source>
            <translation>正在保存</translation>
        </message>
        <message>
            <source>set: {steps}</source>
            <translation>已指定：{steps}</translation>
        </message>
        <message>
            <source>to review</source>
            <translation>待检查</translation>
        </message>
        <message>
            <source>waiting</source>
            <translation>等待中</translation>
        </message>
        <message>
            <source>with warnings</source>
            <translation>有警告</translation>
        </message>
        <message>
            <source>{count} photos:  {states}</source>
            <translation>{count} 张照片：{states}</translation>
        </message>
        <message>
            <source>{count} s left</source>
            <translation>剩余 {count} 秒</translation>
        </message>
        <message>
            <source>{count} {state}</source>
            <translation>{state} {count}</translation>
        </message>
        <message>
            <source>{name}: {reason}</source>
            <translation>{name}：{reason}</translation>
        </message>
    </context>
    <context>
        <name>Canvas</name>
        <message>
            <source>After</source>
            <translation>修复后</translation>
        </message>
        <message>
            <source>Before</source>
            <translation>修复前</translation>
        </message>
        <message>
            <source>Difference</source>
            <translation>差异</translation>
        </message>
        <message>
            <source>Difference × {factor} (pixel values 0 to 255)</source>
            <translation>差异 × {factor}（像素值 0 到 255）</translation>
        </message>
        <message>
            <source>Original</source>
            <translation>原图</translation>
        </message>
        <message>
            <source>Photo</source>
            <translation>照片</translation>
        </message>
    </context>
    <context>
        <name>Card</name>
        <message>
            <source>As on the screen</source>
            <translation>与屏幕相同</translation>
        </message>
        <message>
            <source>Column: {width} mm, {dpi} dpi</source>
            <translation>单栏：{width} 毫米，{dpi} dpi</translation>
        </message>
        <message>
            <source>Export</source>
            <translation>导出</translation>
        </message>
        <message>
            <source>Export “{title}”</source>
            <translation>导出“{title}”</translation>
        </message>
        <message>
            <source>Format</source>
            <translation>格式</translation>
        </message>
        <message>
            <source>Landscape page: {width} mm, {dpi} dpi</source>
            <translation>横向页面：{width} 毫米，{dpi} dpi</translation>
        </message>
        <message>
            <source>Page: {width} mm, {dpi} dpi</source>
            <translation>整页：{width} 毫米，{dpi} dpi</translation>
        </message>
        <message>
            <source>Poster: {width} mm, {dpi} dpi</source>
            <translation>海报：{width} 毫米，{dpi} dpi</translation>
        </message>
        <message>
            <source>Save the data</source>
            <translation>保存数据</translation>
        </message>
        <message>
            <source>Save the picture</source>
            <translation>保存图片</translation>
        </message>
        <message>
            <source>Save this chart or its data as a file</source>
            <translation>将此图表或其数据保存为文件</translation>
        </message>
        <message>
            <source>Width of pictures</source>
            <translation>图片宽度</translation>
        </message>
    </context>
    <context>
        <name>ClusterField</name>
        <message>
            <source>Address of a Dask scheduler. Its workers must see both folders under the same paths.</source>
            <translation>Dask 调度器的地址。其工作节点必须能以相同的路径访问这两个文件夹。</translation>
        </message>
        <message>
            <source>Address of the scheduler of a Dask cluster</source>
            <translation>Dask 集群调度器的地址</translation>
        </message>
        <message>
            <source>Needs Dask: {command}</source>
            <translation>需要 Dask：{command}</translation>
        </message>
        <message>
            <source>Other machines</source>
            <translation>其他机器</translation>
        </message>
    </context>
    <context>
        <name>ClustersPanel</name>
        <message>
            <source>Choose folder…</source>
            <translation>选择文件夹…</translation>
        </message>
        <message>
            <source>Clusters</source>
            <translation>聚类</translation>
        </message>
        <message>
            <source>Computing t-SNE</source>
            <translation>正在计算 t-SNE</translation>
        </message>
        <message>
            <source>Folder of photos</source>
            <translation>照片文件夹</translation>
        </message>
        <message>
            <source>Left out – {names}</source>
            <translation>已略去：{names}</translation>
        </message>
        <message>
            <source>Picture under the mouse</source>
            <translation>鼠标所指的图片</translation>
        </message>
        <message>
            <source>Picture {number} of {count}</source>
            <translation>第 {number} 张图片，共 {count} 张</translation>
        </message>
        <message>
            <source>Progress</source>
            <translation>进度</translation>
        </message>
        <message>
            <source>Stop</source>
            <translation>停止</translation>
        </message>
        <message>
            <source>silhouette: features {features}, plot {points}</source>
            <translation>轮廓系数：特征 {features}，本图 {points}</translation>
        </message>
        <message>
            <source>{name}: {degradation}</source>
            <translation>{name}：{degradation}</translation>
        </message>
        <message>
            <source>{name}: {reason}</source>
            <translation>{name}：{reason}</translation>
        </message>
    </context>
    <context>
        <name>ComparisonDialog</name>
        <message>
            <source>&amp;Accept</source>
            <translation>接受(&amp;A)</translation>
        </message>
        <message>
            <source>&amp;Compute the result</source>
            <translation>计算结果(&amp;C)</translation>
        </message>
        <message>
            <source>&amp;Dismiss</source>
            <translation>放弃(&amp;D)</translation>
        </message>
        <message>
            <source>&amp;Keep</source>
            <translation>保留(&amp;K)</translation>
        </message>
        <message>
            <source>&amp;Start</source>
            <translation>开始(&amp;S)</translation>
        </message>
        <message>
            <source>&amp;Undo</source>
            <translation>撤销(&amp;U)</translation>
        </message>
        <message>
            <source>&amp;Use suggestion: {steps}</source>
            <translation>采用建议(&amp;U)：{steps}</translation>
        </message>
        <message>
            <source>100 %</source>
            <translation>100 %</translation>
        </message>
        <message>
            <source>After</source>
            <translation>修复后</translation>
        </message>
        <message>
            <source>After, not written yet</source>
            <translation>修复后，尚未写入</translation>
        </message>
        <message>
            <source>All withheld results are decided.</source>
            <translation>暂未写入的结果已全部决定。</translation>
        </message>
        <message>
            <source>Before</source>
            <translation>修复前</translation>
        </message>
        <message>
            <source>Before and after</source>
            <translation>前后对比</translation>
        </message>
        <message>
            <source>Close</source>
            <translation>关闭</translation>
        </message>
        <message>
            <source>Close this window (Esc)</source>
            <translation>关闭此窗口 (Esc)</translation>
        </message>
        <message>
            <source>Compute it again to look at it</source>
            <translation>重新计算以便查看</translation>
        </message>
        <message>
            <source>Decided: still to be restored with {steps}.</source>
            <translation>已决定：尚待以“{steps}”修复。</translation>
        </message>
        <message>
            <source>Dismiss the warning: keep the result as it is</source>
            <translation>忽略警告：按原样保留结果</translation>
        </message>
        <message>
            <source>Do not write it: treat the photo as clean</source>
            <translation>不写入：将照片视为干净照片</translation>
        </message>
        <message>
            <source>Fit</source>
            <translation>适合窗口</translation>
        </message>
        <message>
            <source>Left unchanged</source>
            <translation>保持原样</translation>
        </message>
        <message>
            <source>Next</source>
            <translation>下一个</translation>
        </message>
        <message>
            <source>Next photo of the table (Page Down)</source>
            <translation>表格中的下一张照片（Page Down）</translation>
        </message>
        <message>
            <source>No result yet</source>
            <translation>还没有结果</translation>
        </message>
        <message>
            <source>One screen pixel for each photo pixel</source>
            <translation>一个屏幕像素对应一个照片像素</translation>
        </message>
        <message>
            <source>Open in the Studio</source>
            <translation>在工作室中打开</translation>
        </message>
        <message>
            <source>Press Start to restore one photo again with its new steps.</source>
            <translation>点击“开始”，以新的步骤重新修复一张照片。</translation>
        </message>
        <message>
            <source>Press Start to restore {count} photos again with their new steps.</source>
            <translation>点击“开始”，以新的步骤重新修复 {count} 张照片。</translation>
        </message>
        <message>
            <source>Previous</source>
            <translation>上一个</translation>
        </message>
        <message>
            <source>Previous photo of the table (Page Up)</source>
            <translation>表格中的上一张照片（Page Up）</translation>
        </message>
        <message>
            <source>Progress</source>
            <translation>进度</translation>
        </message>
        <message>
            <source>Reading…</source>
            <translation>正在读取…</translation>
        </message>
        <message>
            <source>Restore the photo with what the warning suggests</source>
            <translation>按警告的建议修复照片</translation>
        </message>
        <message>
            <source>Restore the photos that wait, also this one</source>
            <translation>恢复等待中的照片，包括这一张</translation>
        </message>
        <message>
            <source>Show the whole photo (0)</source>
            <translation>显示整张照片（0）</translation>
        </message>
        <message>
            <source>Still to be restored with {steps}.</source>
            <translation>尚待以“{steps}”修复。</translation>
        </message>
        <message>
            <source>Take back the decision on {name}</source>
            <translation>撤回对 {name} 的决定</translation>
        </message>
        <message>
            <source>The next start works on this photo.</source>
            <translation>下次开始时处理这张照片。</translation>
        </message>
        <message>
            <source>Work on this photo in the Studio</source>
            <translation>在工作室中处理此照片</translation>
        </message>
        <message>
            <source>Write this result</source>
            <translation>写入此结果</translation>
        </message>
        <message>
            <source>restoring the photo</source>
            <translation>修复照片</translation>
        </message>
    </context>
    <context>
        <name>Controls</name>
        <message>
            <source>Analyse</source>
            <translation>分析</translation>
        </message>
        <message>
            <source>Analysing…</source>
            <translation>正在分析…</translation>
        </message>
        <message>
            <source>Detect problems in all photos; nothing is restored</source>
            <translation>检测所有照片中的问题；不进行修复</translation>
        </message>
        <message>
            <source>Pause</source>
            <translation>暂停</translation>
        </message>
        <message>
            <source>Pause the work</source>
            <translation>暂停工作</translation>
        </message>
        <message>
            <source>Paused</source>
            <translation>已暂停</translation>
        </message>
        <message>
            <source>Progress of the batch</source>
            <translation>批处理进度</translation>
        </message>
        <message>
            <source>Reading the folder…</source>
            <translation>正在读取文件夹…</translation>
        </message>
        <message>
            <source>Report…</source>
            <translation>报告…</translation>
        </message>
        <message>
            <source>Restore the photos that are new, have changed, or have new settings</source>
            <translation>修复新增的、已更改的或设置已变的照片</translation>
        </message>
        <message>
            <source>Restoring, and watching for new photos…</source>
            <translation>正在修复，并监视新照片…</translation>
        </message>
        <message>
            <source>Restoring…</source>
            <translation>正在修复…</translation>
        </message>
        <message>
            <source>Resume</source>
            <translation>继续</translation>
        </message>
        <message>
            <source>Save a report on every photo as HTML, CSV or JSON</source>
            <translation>将每张照片的处理情况保存为 HTML、CSV 或 JSON 报告</translation>
        </message>
        <message>
            <source>Start</source>
            <translation>开始</translation>
        </message>
        <message>
            <source>Start ({count})</source>
            <translation>开始（{count}）</translation>
        </message>
        <message>
            <source>Stop</source>
            <translation>停止</translation>
        </message>
        <message>
            <source>Stop. Finished results are kept, and Start continues from there</source>
            <translation>停止。已完成的结果会保留，按“开始”从那里继续</translation>
        </message>
        <message>
            <source>Stopping…</source>
            <translation>正在停止…</translation>
        </message>
        <message>
            <source>Writing the report…</source>
            <translation>正在写报告…</translation>
        </message>
        <message>
            <source>needs about {size}</source>
            <translation>约需 {size}</translation>
        </message>
    </context>
    <context>
        <name>CropPage</name>
        <message>
            <source>Apply</source>
            <translation>应用</translation>
        </message>
        <message>
            <source>Cancel</source>
            <translation>取消</translation>
        </message>
        <message>
            <source>Keep the whole photo, upright</source>
            <translation>保留整张照片，不旋转</translation>
        </message>
        <message>
            <source>Leave rotation and crop as they were (Esc)</source>
            <translation>保持原来的旋转和裁剪（Esc）</translation>
        </message>
        <message>
            <source>Ratio of width to height</source>
            <translation>宽高比</translation>
        </message>
        <message>
            <source>Reset</source>
            <translation>重置</translation>
        </message>
        <message>
            <source>Rotate and crop the photo (Enter)</source>
            <translation>旋转并裁剪照片（Enter）</translation>
        </message>
        <message>
            <source>Rotate by 90° to the left ([)</source>
            <translation>向左旋转 90°（[）</translation>
        </message>
        <message>
            <source>Rotate by 90° to the right (])</source>
            <translation>向右旋转 90°（]）</translation>
        </message>
        <message>
            <source>Rotate left</source>
            <translation>向左旋转</translation>
        </message>
        <message>
            <source>Rotate right</source>
            <translation>向右旋转</translation>
        </message>
        <message>
            <source>Swap width and height</source>
            <translation>交换宽和高</translation>
        </message>
        <message>
            <source>Swap width and height (X)</source>
            <translation>交换宽和高（X）</translation>
        </message>
    </context>
    <context>
        <name>CropView</name>
        <message>
            <source>Crop frame</source>
            <translation>裁剪框</translation>
        </message>
        <message>
            <source>{width} × {height} pixels at {left}, {top}; arrow keys move it, with Shift they resize it</source>
            <translation>{width} × {height} 像素，位于 {left}, {top}；方向键移动，按住 Shift 调整大小</translation>
        </message>
    </context>
    <context>
        <name>Dialogs</name>
        <message>
            <source>A restoration is running.</source>
            <translation>正在修复。</translation>
        </message>
        <message>
            <source>About DFPIR Studio</source>
            <translation>关于 DFPIR Studio</translation>
        </message>
        <message>
            <source>Apply a recipe</source>
            <translation>应用配方</translation>
        </message>
        <message>
            <source>Choose a grey picture as mask</source>
            <translation>选择用作蒙版的灰度图片</translation>
        </message>
        <message>
            <source>Comparing</source>
            <translation>比较</translation>
        </message>
        <message>
            <source>Copy</source>
            <translation>复制</translation>
        </message>
        <message>
            <source>Crop</source>
            <translation>裁剪</translation>
        </message>
        <message>
            <source>DFPIR Studio was not closed properly last time.</source>
            <translation>DFPIR Studio 上次没有正常关闭。</translation>
        </message>
        <message>
            <source>Download</source>
            <translation>下载</translation>
        </message>
        <message>
            <source>Filmstrip</source>
            <translation>胶片条</translation>
        </message>
        <message>
            <source>Guide</source>
            <translation>使用指南</translation>
        </message>
        <message>
            <source>It comes from OpenAI (ViT-B-32.pt), is checked against its published checksum and stays on this computer. Nothing is sent but the request for the file.</source>
            <translation>它来自 OpenAI（ViT-B-32.pt），会按公布的校验和检查，并保存在这台电脑上。除了请求该文件，不会发送任何内容。</translation>
        </message>
        <message>
            <source>Keep running</source>
            <translation>继续运行</translation>
        </message>
        <message>
            <source>Keyboard shortcuts</source>
            <translation>键盘快捷键</translation>
        </message>
        <message>
            <source>Log</source>
            <translation>日志</translation>
        </message>
        <message>
            <source>MIT licence. Your photos stay on this computer, and originals are never changed.</source>
            <translation>MIT 许可证。您的照片只留在这台电脑上，原图绝不会被更改。</translation>
        </message>
        <message>
            <source>Mouse</source>
            <translation>鼠标</translation>
        </message>
        <message>
            <source>Not now</source>
            <translation>暂不</translation>
        </message>
        <message>
            <source>Open a folder</source>
            <translation>打开文件夹</translation>
        </message>
        <message>
            <source>Open folder</source>
            <translation>打开文件夹</translation>
        </message>
        <message>
            <source>Open photos</source>
            <translation>打开照片</translation>
        </message>
        <message>
            <source>Photos</source>
            <translation>照片</translation>
        </message>
        <message>
            <source>Prepare prompts</source>
            <translation>准备提示</translation>
        </message>
        <message>
            <source>Recipes</source>
            <translation>配方</translation>
        </message>
        <message>
            <source>Reopen</source>
            <translation>重新打开</translation>
        </message>
        <message>
            <source>Reopen the photo and its steps?</source>
            <translation>要重新打开这张照片及其步骤吗？</translation>
        </message>
        <message>
            <source>Reopen the {count} photos and their steps?</source>
            <translation>要重新打开这 {count} 张照片及其步骤吗？</translation>
        </message>
        <message>
            <source>Restores noisy, rainy, hazy, blurred and dark photos with the all-in-one network of the paper</source>
            <translation>用以下论文的一体化网络修复有噪点、雨、雾霾、模糊和昏暗的照片</translation>
        </message>
        <message>
            <source>Save it before closing?</source>
            <translation>关闭前要保存吗？</translation>
        </message>
        <message>
            <source>Save the restored photo</source>
            <translation>保存修复后的照片</translation>
        </message>
        <message>
            <source>Save them before closing?</source>
            <translation>关闭前要保存它们吗？</translation>
        </message>
        <message>
            <source>Steps</source>
            <translation>步骤</translation>
        </message>
        <message>
            <source>Stop and close</source>
            <translation>停止并关闭</translation>
        </message>
        <message>
            <source>Stop it and close the window?</source>
            <translation>要停止并关闭窗口吗？</translation>
        </message>
        <message>
            <source>The guide cannot be read: {reason}</source>
            <translation>无法读取使用指南：{reason}</translation>
        </message>
        <message>
            <source>The log cannot be read: {reason}</source>
            <translation>无法读取日志：{reason}</translation>
        </message>
        <message>
            <source>The restored photo {name} has not been saved.</source>
            <translation>修复后的照片 {name} 尚未保存。</translation>
        </message>
        <message>
            <source>The text encoder CLIP has to be downloaded once: {size} MB.</source>
            <translation>需要下载一次文本编码器 CLIP：{size} MB。</translation>
        </message>
        <message>
            <source>{count} restored photos have not been saved: {names}.</source>
            <translation>{count} 张修复后的照片尚未保存：{names}。</translation>
        </message>
    </context>
    <context>
        <name>DragHandle</name>
        <message>
            <source>Drag to move this step</source>
            <translation>拖动以移动此步骤</translation>
        </message>
    </context>
    <context>
        <name>Editing</name>
        <message>
            <source>Add {name}</source>
            <translation>添加 {name}</translation>
        </message>
        <message>
            <source>Choose steps</source>
            <translation>选择步骤</translation>
        </message>
        <message>
            <source>Crop</source>
            <translation>裁剪</translation>
        </message>
        <message>
            <source>Keep {name}</source>
            <translation>不去除{name}</translation>
        </message>
        <message>
            <source>Move {name}</source>
            <translation>移动{name}</translation>
        </message>
        <message>
            <source>Paste steps</source>
            <translation>粘贴步骤</translation>
        </message>
        <message>
            <source>Remove {name}</source>
            <translation>去除{name}</translation>
        </message>
        <message>
            <source>Reset to detected</source>
            <translation>恢复为检测结果</translation>
        </message>
        <message>
            <source>Restore</source>
            <translation>修复</translation>
        </message>
        <message>
            <source>Rotate</source>
            <translation>旋转</translation>
        </message>
        <message>
            <source>Strength of {name}</source>
            <translation>{name}的强度</translation>
        </message>
        <message>
            <source>Switch {name} off</source>
            <translation>停用{name}</translation>
        </message>
        <message>
            <source>Switch {name} on</source>
            <translation>启用{name}</translation>
        </message>
        <message>
            <source>{name} to {other}</source>
            <translation>{name}改为{other}</translation>
        </message>
    </context>
    <context>
        <name>EmptyState</name>
        <message>
            <source>Drop photos here, paste, or open</source>
            <translation>将照片拖到这里、粘贴或打开</translation>
        </message>
        <message>
            <source>Open photos from this computer (Ctrl+O)</source>
            <translation>打开本机上的照片 (Ctrl+O)</translation>
        </message>
        <message>
            <source>Open photos…</source>
            <translation>打开照片…</translation>
        </message>
        <message>
            <source>Open the sample photo “{name}”</source>
            <translation>打开示例照片“{name}”</translation>
        </message>
        <message>
            <source>Or try a sample</source>
            <translation>或试用示例照片</translation>
        </message>
        <message>
            <source>Sample: {name}</source>
            <translation>示例：{name}</translation>
        </message>
    </context>
    <context>
        <name>EngineButton</name>
        <message>
            <source>Automatic</source>
            <translation>自动</translation>
        </message>
        <message>
            <source>Best (takes 8× the time; rain and haze 2×)</source>
            <translation>最佳（耗时 8 倍；雨和雾霾 2 倍）</translation>
        </message>
        <message>
            <source>Choose the device, precision and quality of restorations</source>
            <translation>选择修复使用的设备、精度和质量</translation>
        </message>
        <message>
            <source>Device</source>
            <translation>设备</translation>
        </message>
        <message>
            <source>Device and precision</source>
            <translation>设备和精度</translation>
        </message>
        <message>
            <source>Precision</source>
            <translation>精度</translation>
        </message>
        <message>
            <source>Quality</source>
            <translation>质量</translation>
        </message>
        <message>
            <source>Standard</source>
            <translation>标准</translation>
        </message>
    </context>
    <context>
        <name>EnlargedTile</name>
        <message>
            <source>Add</source>
            <translation>添加</translation>
        </message>
        <message>
            <source>Add this to the steps</source>
            <translation>添加到步骤中</translation>
        </message>
        <message>
            <source>All tiles</source>
            <translation>全部图块</translation>
        </message>
        <message>
            <source>Make this the only step (Enter)</source>
            <translation>设为唯一的步骤（Enter）</translation>
        </message>
        <message>
            <source>Next</source>
            <translation>下一个</translation>
        </message>
        <message>
            <source>Previous</source>
            <translation>上一个</translation>
        </message>
        <message>
            <source>Return to the tiles (Esc)</source>
            <translation>返回全部图块（Esc）</translation>
        </message>
        <message>
            <source>Show the next step (Page Down)</source>
            <translation>显示下一个步骤（Page Down）</translation>
        </message>
        <message>
            <source>Show the previous step (Page Up)</source>
            <translation>显示上一个步骤（Page Up）</translation>
        </message>
        <message>
            <source>Use</source>
            <translation>使用</translation>
        </message>
    </context>
    <context>
        <name>ErrorBar</name>
        <message>
            <source>Copy</source>
            <translation>复制</translation>
        </message>
        <message>
            <source>Copy the message and its details</source>
            <translation>复制消息及其详情</translation>
        </message>
        <message>
            <source>Details</source>
            <translation>详情</translation>
        </message>
        <message>
            <source>Details of the message</source>
            <translation>消息详情</translation>
        </message>
        <message>
            <source>Dismiss</source>
            <translation>关闭</translation>
        </message>
        <message>
            <source>Dismiss this message</source>
            <translation>关闭此消息</translation>
        </message>
        <message>
            <source>Download the text encoder, after a confirmation</source>
            <translation>确认后下载文本编码器</translation>
        </message>
        <message>
            <source>Download…</source>
            <translation>下载…</translation>
        </message>
        <message>
            <source>Error</source>
            <translation>错误</translation>
        </message>
        <message>
            <source>Show in folder</source>
            <translation>在文件夹中显示</translation>
        </message>
        <message>
            <source>Show the full report</source>
            <translation>显示完整报告</translation>
        </message>
        <message>
            <source>Show the saved file in the file manager</source>
            <translation>在文件管理器中显示已保存的文件</translation>
        </message>
        <message>
            <source>Warning</source>
            <translation>警告</translation>
        </message>
    </context>
    <context>
        <name>ExportDialog</name>
        <message>
            <source>&amp;Bit depth</source>
            <translation>位深(&amp;B)</translation>
        </message>
        <message>
            <source>&amp;Colours</source>
            <translation>色彩(&amp;C)</translation>
        </message>
        <message>
            <source>&amp;Format</source>
            <translation>格式(&amp;F)</translation>
        </message>
        <message>
            <source>&amp;Metadata</source>
            <translation>元数据(&amp;M)</translation>
        </message>
        <message>
            <source>&amp;Name</source>
            <translation>名称(&amp;N)</translation>
        </message>
        <message>
            <source>&amp;Photos</source>
            <translation>照片(&amp;P)</translation>
        </message>
        <message>
            <source>&amp;Quality</source>
            <translation>质量(&amp;Q)</translation>
        </message>
        <message>
            <source>&amp;Size</source>
            <translation>尺寸(&amp;S)</translation>
        </message>
        <message>
            <source>100 is best and largest; PNG, TIFF and BMP are lossless</source>
            <translation>100 质量最好、文件最大；PNG、TIFF 和 BMP 为无损格式</translation>
        </message>
        <message>
            <source>A small file with the steps, which can be applied to other photos</source>
            <translation>记录步骤的小文件，可应用于其他照片</translation>
        </message>
        <message>
            <source>A small version of the result in its EXIF data, for programs that list photos; only in JPEG, PNG, WebP and AVIF</source>
            <translation>嵌入 EXIF 数据的结果缩略图，供照片列表程序使用；仅用于 JPEG、PNG、WebP 和 AVIF</translation>
        </message>
        <message>
            <source>All {count} restored photos</source>
            <translation>全部 {count} 张已修复的照片</translation>
        </message>
        <message>
            <source>Also save a recipe file</source>
            <translation>同时保存配方文件</translation>
        </message>
        <message>
            <source>Bit depth</source>
            <translation>位深</translation>
        </message>
        <message>
            <source>Can contain {fields}</source>
            <translation>可包含 {fields}</translation>
        </message>
        <message>
            <source>Choose a folder</source>
            <translation>选择文件夹</translation>
        </message>
        <message>
            <source>Choose another folder</source>
            <translation>选择其他文件夹</translation>
        </message>
        <message>
            <source>Choose…</source>
            <translation>选择…</translation>
        </message>
        <message>
            <source>Colours</source>
            <translation>色彩</translation>
        </message>
        <message>
            <source>Embed a preview</source>
            <translation>嵌入预览图</translation>
        </message>
        <message>
            <source>Export</source>
            <translation>导出</translation>
        </message>
        <message>
            <source>F&amp;older</source>
            <translation>文件夹(&amp;O)</translation>
        </message>
        <message>
            <source>File format</source>
            <translation>文件格式</translation>
        </message>
        <message>
            <source>Folder</source>
            <translation>文件夹</translation>
        </message>
        <message>
            <source>Folder for results</source>
            <translation>结果文件夹</translation>
        </message>
        <message>
            <source>Folder of the photo</source>
            <translation>照片所在文件夹</translation>
        </message>
        <message>
            <source>Format</source>
            <translation>格式</translation>
        </message>
        <message>
            <source>Metadata</source>
            <translation>元数据</translation>
        </message>
        <message>
            <source>Name</source>
            <translation>名称</translation>
        </message>
        <message>
            <source>Quality</source>
            <translation>质量</translation>
        </message>
        <message>
            <source>Same as original</source>
            <translation>与原图相同</translation>
        </message>
        <message>
            <source>Saves as {path}.</source>
            <translation>将保存为 {path}。</translation>
        </message>
        <message>
            <source>Saves as {path}. Name already exists; a number was added.</source>
            <translation>将保存为 {path}。该名称已存在，已添加编号。</translation>
        </message>
        <message>
            <source>The current photo, or all with unsaved results</source>
            <translation>当前照片，或所有结果未保存的照片</translation>
        </message>
        <message>
            <source>This photo</source>
            <translation>这张照片</translation>
        </message>
        <message>
            <source>Where the file is saved</source>
            <translation>文件的保存位置</translation>
        </message>
        <message>
            <source>Which photos</source>
            <translation>哪些照片</translation>
        </message>
    </context>
    <context>
        <name>Exporting</name>
        <message>
            <source>A field has only a name in its braces.</source>
            <translation>字段的花括号中只能有名称。</translation>
        </message>
        <message>
            <source>A name cannot contain: {characters}</source>
            <translation>名称中不能包含：{characters}</translation>
        </message>
        <message>
            <source>The name is empty.</source>
            <translation>名称为空。</translation>
        </message>
        <message>
            <source>Unknown field. Available fields: {fields}.</source>
            <translation>未知字段。可用字段：{fields}。</translation>
        </message>
        <message>
            <source>Unmatched curly brace.</source>
            <translation>花括号没有配对。</translation>
        </message>
    </context>
    <context>
        <name>FeaturesPanel</name>
        <message>
            <source>Features</source>
            <translation>特征</translation>
        </message>
        <message>
            <source>Input of the block and outputs of its parts: the first three principal components of the channels as red, green and blue. Each picture has its own components, so equal colours in two pictures do not mean equal features. One value covers {cell}×{cell} pixels.</source>
            <translation>模块的输入以及各部分的输出：通道的前三个主成分分别以红、绿、蓝表示。每幅图各有自己的主成分，因此两幅图中相同的颜色并不表示相同的特征。一个值对应 {cell}×{cell} 像素。</translation>
        </message>
        <message>
            <source>Input of the block and outputs of its parts: the mean magnitude over the channels. Each picture has its own scale, which need not start at 0 and ignores the edges, where the crop ends. One value covers {cell}×{cell} pixels.</source>
            <translation>模块的输入以及各部分的输出：各通道的平均幅值。每幅图使用自己的刻度，不一定从 0 开始，且不计入裁剪区域的边缘。一个值对应 {cell}×{cell} 像素。</translation>
        </message>
        <message>
            <source>Show</source>
            <translation>显示</translation>
        </message>
        <message>
            <source>Strongest channels</source>
            <translation>最强的通道</translation>
        </message>
        <message>
            <source>View of the features</source>
            <translation>特征视图</translation>
        </message>
        <message>
            <source>View of the features. Ctrl + wheel zooms all pictures and the photo together</source>
            <translation>特征视图。按住 Ctrl 滚动滚轮可同时缩放所有图像和照片</translation>
        </message>
        <message>
            <source>photo</source>
            <translation>照片</translation>
        </message>
    </context>
    <context>
        <name>Filmstrip</name>
        <message>
            <source>&amp;Copy steps</source>
            <translation>复制步骤(&amp;C)</translation>
        </message>
        <message>
            <source>&amp;Paste steps</source>
            <translation>粘贴步骤(&amp;P)</translation>
        </message>
        <message>
            <source>&amp;Restore</source>
            <translation>修复(&amp;R)</translation>
        </message>
        <message>
            <source>&amp;Save</source>
            <translation>保存(&amp;S)</translation>
        </message>
        <message>
            <source>Open photos</source>
            <translation>打开照片</translation>
        </message>
        <message>
            <source>Re&amp;move from the list</source>
            <translation>从列表中移除(&amp;M)</translation>
        </message>
        <message>
            <source>Show in &amp;folder</source>
            <translation>在文件夹中显示(&amp;F)</translation>
        </message>
    </context>
    <context>
        <name>FoundPanel</name>
        <message>
            <source>Detecting…</source>
            <translation>正在检测…</translation>
        </message>
        <message>
            <source>Detection failed. Choose the steps yourself.</source>
            <translation>检测失败。请自行选择步骤。</translation>
        </message>
        <message>
            <source>Finding the strength that does no harm…</source>
            <translation>正在寻找不会损害画面的强度…</translation>
        </message>
        <message>
            <source>Found in this photo</source>
            <translation>照片中检测到</translation>
        </message>
        <message>
            <source>No problems found.</source>
            <translation>未发现问题。</translation>
        </message>
        <message>
            <source>No problems found. You changed this.</source>
            <translation>未发现问题。您已更改。</translation>
        </message>
        <message>
            <source>Not sure – possibly {names}.</source>
            <translation>不确定，可能是{names}。</translation>
        </message>
        <message>
            <source>Not sure – possibly {names}. Your choice.</source>
            <translation>不确定，可能是{names}。请自行选择。</translation>
        </message>
        <message>
            <source>Not sure.</source>
            <translation>不确定。</translation>
        </message>
        <message>
            <source>Not sure. Your choice.</source>
            <translation>不确定。请自行选择。</translation>
        </message>
        <message>
            <source>Open a photo to detect problems.</source>
            <translation>打开照片以检测问题。</translation>
        </message>
        <message>
            <source>Reset to detected</source>
            <translation>恢复为检测结果</translation>
        </message>
        <message>
            <source>Use the proposed steps</source>
            <translation>使用建议的步骤</translation>
        </message>
        <message>
            <source>{names}.</source>
            <translation>{names}。</translation>
        </message>
        <message>
            <source>{names}. You changed this.</source>
            <translation>{names}。您已更改。</translation>
        </message>
    </context>
    <context>
        <name>FoundRow</name>
        <message>
            <source>Click to remove {name}.</source>
            <translation>点击以去除{name}。</translation>
        </message>
        <message>
            <source>{name} will be removed. Click to keep it.</source>
            <translation>将去除{name}。点击则保留。</translation>
        </message>
        <message>
            <source>{name}, probability {value}</source>
            <translation>{name}，概率 {value}</translation>
        </message>
        <message>
            <source>{name}, σ about {sigma}</source>
            <translation>{name}，σ 约 {sigma}</translation>
        </message>
    </context>
    <context>
        <name>HintBar</name>
        <message>
            <source>Do not show this hint again; the Help menu shows the hints again</source>
            <translation>不再显示此提示；可在“帮助”菜单中再次显示</translation>
        </message>
        <message>
            <source>Got it</source>
            <translation>知道了</translation>
        </message>
        <message>
            <source>Hint</source>
            <translation>提示</translation>
        </message>
    </context>
    <context>
        <name>HistogramPanel</name>
        <message>
            <source>After</source>
            <translation>修复后</translation>
        </message>
        <message>
            <source>Before</source>
            <translation>修复前</translation>
        </message>
        <message>
            <source>Histogram</source>
            <translation>直方图</translation>
        </message>
        <message>
            <source>Visible area</source>
            <translation>可见区域</translation>
        </message>
        <message>
            <source>What the histogram counts</source>
            <translation>直方图的统计范围</translation>
        </message>
        <message>
            <source>Whole photo</source>
            <translation>整张照片</translation>
        </message>
    </context>
    <context>
        <name>HistogramPlot</name>
        <message>
            <source>Clipped shadows {shadows}, lights {lights}</source>
            <translation>截断：阴影 {shadows}，高光 {lights}</translation>
        </message>
    </context>
    <context>
        <name>Inspector</name>
        <message>
            <source>difference (±{levels} levels)</source>
            <translation>差异（±{levels} 级）</translation>
        </message>
        <message>
            <source>inspecting the model</source>
            <translation>检视模型</translation>
        </message>
    </context>
    <context>
        <name>InspectorPage</name>
        <message>
            <source>Block</source>
            <translation>模块</translation>
        </message>
        <message>
            <source>Charts</source>
            <translation>图表</translation>
        </message>
        <message>
            <source>Compare with</source>
            <translation>比较对象</translation>
        </message>
        <message>
            <source>Inspected: {region}. Drag the frame or its corner.</source>
            <translation>正在检视：{region}。拖动框或其角来调整。</translation>
        </message>
        <message>
            <source>Inspected: {region}. Drag the frame or its corner. The mask of a step in the Studio is not applied here.</source>
            <translation>正在检视：{region}。拖动框或其角来调整。工作室中步骤的蒙版在这里不起作用。</translation>
        </message>
        <message>
            <source>No photo is open.</source>
            <translation>没有打开照片。</translation>
        </message>
        <message>
            <source>Opening the photo…</source>
            <translation>正在打开照片…</translation>
        </message>
        <message>
            <source>Prompt</source>
            <translation>提示</translation>
        </message>
        <message>
            <source>The Inspector is computing clusters.</source>
            <translation>“检视”页正在计算聚类。</translation>
        </message>
    </context>
    <context>
        <name>LazyPage</name>
        <message>
            <source>Loading…</source>
            <translation>正在载入…</translation>
        </message>
        <message>
            <source>This page cannot be shown; see the message above.</source>
            <translation>无法显示此页面；请参阅上方的消息。</translation>
        </message>
        <message>
            <source>loading a part of the program</source>
            <translation>载入程序的一部分</translation>
        </message>
    </context>
    <context>
        <name>ListingView</name>
        <message>
            <source>All states</source>
            <translation>所有状态</translation>
        </message>
        <message>
            <source>Any problem</source>
            <translation>任何问题</translation>
        </message>
        <message>
            <source>Before and after</source>
            <translation>前后对比</translation>
        </message>
        <message>
            <source>Before and after of the selected photo (double click)</source>
            <translation>所选照片的前后对比（双击）</translation>
        </message>
        <message>
            <source>Choose a folder for the results on the left; the photos are listed then.</source>
            <translation>请在左侧选择结果文件夹，然后会列出照片。</translation>
        </message>
        <message>
            <source>Drop a folder of photos here, or choose one on the left.</source>
            <translation>将照片文件夹拖到这里，或在左侧选择。</translation>
        </message>
        <message>
            <source>Photos of the folder</source>
            <translation>文件夹中的照片</translation>
        </message>
        <message>
            <source>Search</source>
            <translation>搜索</translation>
        </message>
        <message>
            <source>Set steps…</source>
            <translation>设置步骤…</translation>
        </message>
        <message>
            <source>Set the steps of the selected photos, whatever is found in them</source>
            <translation>设置所选照片的步骤，不论检测到什么</translation>
        </message>
        <message>
            <source>Show only photos in this state</source>
            <translation>只显示处于此状态的照片</translation>
        </message>
        <message>
            <source>Show only photos with this in their name</source>
            <translation>只显示名称中含此内容的照片</translation>
        </message>
        <message>
            <source>Show only photos with this problem</source>
            <translation>只显示有此问题的照片</translation>
        </message>
        <message>
            <source>There are no photos in this folder.</source>
            <translation>此文件夹中没有照片。</translation>
        </message>
        <message>
            <source>Warnings and notes of the selected photo</source>
            <translation>所选照片的警告和说明</translation>
        </message>
    </context>
    <context>
        <name>MainWindow</name>
        <message>
            <source>Another model is running.</source>
            <translation>另一个模型正在运行。</translation>
        </message>
        <message>
            <source>Prompts are being prepared.</source>
            <translation>正在准备提示。</translation>
        </message>
        <message>
            <source>Prompts prepared. Restore again.</source>
            <translation>提示已准备好，请重新修复。</translation>
        </message>
    </context>
    <context>
        <name>MaskEditor</name>
        <message>
            <source>Add colour range to mask</source>
            <translation>在蒙版中添加颜色范围</translation>
        </message>
        <message>
            <source>Add gradient to mask</source>
            <translation>在蒙版中添加渐变</translation>
        </message>
        <message>
            <source>Add lightness range to mask</source>
            <translation>在蒙版中添加亮度范围</translation>
        </message>
        <message>
            <source>Add picture to mask</source>
            <translation>在蒙版中添加图片</translation>
        </message>
        <message>
            <source>Add sky to mask</source>
            <translation>在蒙版中添加天空</translation>
        </message>
        <message>
            <source>Change mask</source>
            <translation>更改蒙版</translation>
        </message>
        <message>
            <source>Combine mask differently</source>
            <translation>更改蒙版的组合方式</translation>
        </message>
        <message>
            <source>Erase from mask</source>
            <translation>从蒙版中擦除</translation>
        </message>
        <message>
            <source>Feather mask</source>
            <translation>羽化蒙版</translation>
        </message>
        <message>
            <source>Invert mask</source>
            <translation>反转蒙版</translation>
        </message>
        <message>
            <source>Invert part of mask</source>
            <translation>反转蒙版的一部分</translation>
        </message>
        <message>
            <source>Leave the sky out</source>
            <translation>排除天空</translation>
        </message>
        <message>
            <source>Paint mask</source>
            <translation>绘制蒙版</translation>
        </message>
        <message>
            <source>Remove mask</source>
            <translation>移除蒙版</translation>
        </message>
        <message>
            <source>Remove part of mask</source>
            <translation>移除蒙版的一部分</translation>
        </message>
        <message>
            <source>changing a mask</source>
            <translation>更改蒙版</translation>
        </message>
        <message>
            <source>reading a mask</source>
            <translation>读取蒙版</translation>
        </message>
    </context>
    <context>
        <name>MaskPanel</name>
        <message>
            <source>Apply the step everywhere</source>
            <translation>在整张照片上应用该步骤</translation>
        </message>
        <message>
            <source>Apply the step outside the mask instead (Shift+I)</source>
            <translation>改为在蒙版之外应用该步骤（Shift+I）</translation>
        </message>
        <message>
            <source>Blur the whole mask</source>
            <translation>模糊整个蒙版</translation>
        </message>
        <message>
            <source>Brush size</source>
            <translation>画笔大小</translation>
        </message>
        <message>
            <source>Click into the photo to choose the colour</source>
            <translation>在照片中单击以选择颜色</translation>
        </message>
        <message>
            <source>Diameter of the brush ([ and ])</source>
            <translation>画笔直径（[ 和 ]）</translation>
        </message>
        <message>
            <source>Done</source>
            <translation>完成</translation>
        </message>
        <message>
            <source>Erase</source>
            <translation>擦除</translation>
        </message>
        <message>
            <source>Feather</source>
            <translation>羽化</translation>
        </message>
        <message>
            <source>Hardness</source>
            <translation>硬度</translation>
        </message>
        <message>
            <source>How sharply a stroke ends</source>
            <translation>笔画边缘的锐利程度</translation>
        </message>
        <message>
            <source>How this part is combined with those above</source>
            <translation>此部分与上方各部分的组合方式</translation>
        </message>
        <message>
            <source>Invert mask</source>
            <translation>反转蒙版</translation>
        </message>
        <message>
            <source>Invert part</source>
            <translation>反转此部分</translation>
        </message>
        <message>
            <source>Let this part select the opposite</source>
            <translation>让此部分选择相反的区域</translation>
        </message>
        <message>
            <source>Mask of {name}</source>
            <translation>{name}的蒙版</translation>
        </message>
        <message>
            <source>No sky was found, so the step applies everywhere. Use a gradient or the brush to keep the sky out.</source>
            <translation>未找到天空，因此此步骤应用于整张照片。请用渐变或画笔排除天空。</translation>
        </message>
        <message>
            <source>No sky was found, so the step changes nothing. Use a gradient or the brush instead.</source>
            <translation>未找到天空，因此此步骤不会改变任何内容。请改用渐变或画笔。</translation>
        </message>
        <message>
            <source>No sky was found: the mask is without one. Use a gradient or the brush instead.</source>
            <translation>未找到天空：蒙版中不含天空。请改用渐变或画笔。</translation>
        </message>
        <message>
            <source>Parts of the mask</source>
            <translation>蒙版的组成部分</translation>
        </message>
        <message>
            <source>Parts of the mask, combined from top to bottom</source>
            <translation>蒙版的组成部分，自上而下组合</translation>
        </message>
        <message>
            <source>Pick colour</source>
            <translation>拾取颜色</translation>
        </message>
        <message>
            <source>Picked colour: {red}, {green}, {blue}</source>
            <translation>所选颜色：{red}, {green}, {blue}</translation>
        </message>
        <message>
            <source>Remove from the mask while painting (X)</source>
            <translation>绘制时从蒙版中擦除（X）</translation>
        </message>
        <message>
            <source>Remove mask</source>
            <translation>移除蒙版</translation>
        </message>
        <message>
            <source>Remove this part of the mask</source>
            <translation>移除蒙版的此部分</translation>
        </message>
        <message>
            <source>Remove this part of the mask (Delete)</source>
            <translation>移除蒙版的此部分（Delete）</translation>
        </message>
        <message>
            <source>Show mask</source>
            <translation>显示蒙版</translation>
        </message>
        <message>
            <source>Show the mask in red over the photo (O)</source>
            <translation>在照片上以红色显示蒙版（O）</translation>
        </message>
        <message>
            <source>Stop editing the mask (Esc)</source>
            <translation>结束编辑蒙版（Esc）</translation>
        </message>
        <message>
            <source>The mask is empty: the step changes nothing.</source>
            <translation>蒙版为空：此步骤不会改变任何内容。</translation>
        </message>
        <message>
            <source>The step applies everywhere except here:</source>
            <translation>此步骤应用于以下区域之外的所有位置：</translation>
        </message>
        <message>
            <source>The step applies everywhere. Choose a tool to limit it.</source>
            <translation>该步骤应用于整张照片。选择一个工具来限制它。</translation>
        </message>
    </context>
    <context>
        <name>Masks</name>
        <message>
            <source>showing a mask</source>
            <translation>显示蒙版</translation>
        </message>
        <message>
            <source>{name}, inverted</source>
            <translation>{name}，已反转</translation>
        </message>
        <message>
            <source>{name}, strokes: {count}</source>
            <translation>{name}，笔画：{count}</translation>
        </message>
    </context>
    <context>
        <name>Messages</name>
        <message>
            <source>, </source>
            <translation>、</translation>
        </message>
        <message>
            <source>; </source>
            <translation>；</translation>
        </message>
    </context>
    <context>
        <name>ModelCard</name>
        <message>
            <source>File</source>
            <translation>文件</translation>
        </message>
        <message>
            <source>How it was trained</source>
            <translation>训练过程</translation>
        </message>
        <message>
            <source>Licence</source>
            <translation>许可</translation>
        </message>
        <message>
            <source>PSNR and SSIM against the clean photo, before and after restoring; higher is better.</source>
            <translation>与干净照片相比的 PSNR 和 SSIM，修复前后；越高越好。</translation>
        </message>
        <message>
            <source>PSNR before</source>
            <translation>PSNR 修复前</translation>
        </message>
        <message>
            <source>Photos</source>
            <translation>照片</translation>
        </message>
        <message>
            <source>Prepare its prompts once before it can be used.</source>
            <translation>使用前需要先准备一次提示。</translation>
        </message>
        <message>
            <source>Quality on test photos</source>
            <translation>在测试照片上的质量</translation>
        </message>
        <message>
            <source>SSIM before</source>
            <translation>SSIM 修复前</translation>
        </message>
        <message>
            <source>Show or hide settings, history and commands of the training</source>
            <translation>显示或隐藏训练的设置、历史和命令</translation>
        </message>
        <message>
            <source>Test set</source>
            <translation>测试集</translation>
        </message>
        <message>
            <source>Training data</source>
            <translation>训练数据</translation>
        </message>
        <message>
            <source>after</source>
            <translation>修复后</translation>
        </message>
    </context>
    <context>
        <name>ModelComparison</name>
        <message>
            <source>Before</source>
            <translation>修复前</translation>
        </message>
        <message>
            <source>Open a photo first, then run {name} on it.</source>
            <translation>请先打开照片，再用 {name} 处理。</translation>
        </message>
        <message>
            <source>Restoring with {name}</source>
            <translation>正在用 {name} 修复</translation>
        </message>
        <message>
            <source>Save its result…</source>
            <translation>保存其结果…</translation>
        </message>
        <message>
            <source>Saved as {name}</source>
            <translation>已保存为 {name}</translation>
        </message>
        <message>
            <source>The original</source>
            <translation>原图</translation>
        </message>
        <message>
            <source>restoring with another model</source>
            <translation>用另一模型修复</translation>
        </message>
        <message>
            <source>saving {name}</source>
            <translation>保存 {name}</translation>
        </message>
        <message>
            <source>{model}: {figures}</source>
            <translation>{model}：{figures}</translation>
        </message>
    </context>
    <context>
        <name>Models</name>
        <message>
            <source>DFPIR Studio's own format</source>
            <translation>DFPIR Studio 自有格式</translation>
        </message>
        <message>
            <source>File</source>
            <translation>文件</translation>
        </message>
        <message>
            <source>Kind</source>
            <translation>类型</translation>
        </message>
        <message>
            <source>Parameters</source>
            <translation>参数量</translation>
        </message>
        <message>
            <source>Preparing prompts</source>
            <translation>正在准备提示</translation>
        </message>
        <message>
            <source>Prompts</source>
            <translation>提示</translation>
        </message>
        <message>
            <source>SHA-256</source>
            <translation>SHA-256</translation>
        </message>
        <message>
            <source>Size</source>
            <translation>大小</translation>
        </message>
        <message>
            <source>none in the file</source>
            <translation>文件中没有</translation>
        </message>
        <message>
            <source>preparing the prompts</source>
            <translation>准备提示</translation>
        </message>
        <message>
            <source>published checkpoint</source>
            <translation>作者发布的检查点</translation>
        </message>
        <message>
            <source>{name}: {value}</source>
            <translation>{name}：{value}</translation>
        </message>
        <message>
            <source>… ({count} more characters)</source>
            <translation>…（还有 {count} 个字符）</translation>
        </message>
    </context>
    <context>
        <name>ModelsDialog</name>
        <message>
            <source>Add model files…</source>
            <translation>添加模型文件…</translation>
        </message>
        <message>
            <source>Add models</source>
            <translation>添加模型</translation>
        </message>
        <message>
            <source>All files (*)</source>
            <translation>所有文件 (*)</translation>
        </message>
        <message>
            <source>Built in</source>
            <translation>内置</translation>
        </message>
        <message>
            <source>Cannot be used</source>
            <translation>无法使用</translation>
        </message>
        <message>
            <source>Details of the model</source>
            <translation>模型详情</translation>
        </message>
        <message>
            <source>In use</source>
            <translation>使用中</translation>
        </message>
        <message>
            <source>Models</source>
            <translation>模型</translation>
        </message>
        <message>
            <source>Or drop checkpoints here: DFPIR, NAFNet, Restormer, SwinIR and others.</source>
            <translation>或将检查点拖放到此处：DFPIR、NAFNet、Restormer、SwinIR 等。</translation>
        </message>
        <message>
            <source>Prepare prompts…</source>
            <translation>准备提示…</translation>
        </message>
        <message>
            <source>Progress of preparing prompts</source>
            <translation>准备提示的进度</translation>
        </message>
        <message>
            <source>Reading…</source>
            <translation>正在读取…</translation>
        </message>
        <message>
            <source>Remove</source>
            <translation>移除</translation>
        </message>
        <message>
            <source>Run on current photo</source>
            <translation>在当前照片上运行</translation>
        </message>
        <message>
            <source>Stop</source>
            <translation>停止</translation>
        </message>
        <message>
            <source>Use this model</source>
            <translation>使用此模型</translation>
        </message>
    </context>
    <context>
        <name>Names</name>
        <message>
            <source> and </source>
            <translation>和</translation>
        </message>
        <message>
            <source>{name} (σ {sigma})</source>
            <translation>{name}（σ {sigma}）</translation>
        </message>
    </context>
    <context>
        <name>Notices</name>
        <message>
            <source>Close other programs, or try a smaller photo.</source>
            <translation>请关闭其他程序，或换一张较小的照片。</translation>
        </message>
        <message>
            <source>Something unexpected happened while {doing}.</source>
            <translation>{doing}时发生了意外。</translation>
        </message>
        <message>
            <source>There was not enough memory for {doing}.</source>
            <translation>内存不足，无法{doing}。</translation>
        </message>
        <message>
            <source>Your photo is unchanged. Try again; if it happens again, please report it with the details.</source>
            <translation>您的照片没有改变。请重试；如果再次发生，请附上详情报告。</translation>
        </message>
        <message>
            <source>handling an event</source>
            <translation>处理事件</translation>
        </message>
    </context>
    <context>
        <name>Options</name>
        <message>
            <source> GB</source>
            <translation> GB</translation>
        </message>
        <message>
            <source> s</source>
            <translation> 秒</translation>
        </message>
        <message>
            <source>Add a number</source>
            <translation>添加编号</translation>
        </message>
        <message>
            <source>After the start, also restore every photo that is added, until you click Stop</source>
            <translation>开始后，也修复之后加入的每张照片，直到您点击“停止”</translation>
        </message>
        <message>
            <source>All, or e.g. *.jpg 2024/</source>
            <translation>全部，或例如 *.jpg 2024/</translation>
        </message>
        <message>
            <source>As in the Studio</source>
            <translation>与工作室相同</translation>
        </message>
        <message>
            <source>As {name} in the Studio</source>
            <translation>与工作室中的 {name} 相同</translation>
        </message>
        <message>
            <source>Automatic</source>
            <translation>自动</translation>
        </message>
        <message>
            <source>Best (slower)</source>
            <translation>最佳（较慢）</translation>
        </message>
        <message>
            <source>Best: the mean over rotations and reflections of each photo; two to eight times slower</source>
            <translation>最佳：对每张照片的各种旋转和镜像取平均；慢两到八倍</translation>
        </message>
        <message>
            <source>Bit depth</source>
            <translation>位深</translation>
        </message>
        <message>
            <source>Can contain {fields}</source>
            <translation>可包含 {fields}</translation>
        </message>
        <message>
            <source>Choose a folder for the results as well:</source>
            <translation>还请选择结果文件夹：</translation>
        </message>
        <message>
            <source>Choose a recipe</source>
            <translation>选择配方</translation>
        </message>
        <message>
            <source>Choose the folder of the photos</source>
            <translation>选择照片文件夹</translation>
        </message>
        <message>
            <source>Choose the folder of the results</source>
            <translation>选择结果文件夹</translation>
        </message>
        <message>
            <source>Clean photos</source>
            <translation>干净的照片</translation>
        </message>
        <message>
            <source>Colours</source>
            <translation>色彩</translation>
        </message>
        <message>
            <source>Copy</source>
            <translation>复制</translation>
        </message>
        <message>
            <source>Detected problems</source>
            <translation>检测到的问题</translation>
        </message>
        <message>
            <source>Drop a folder here</source>
            <translation>将文件夹拖到这里</translation>
        </message>
        <message>
            <source>Exclude</source>
            <translation>排除</translation>
        </message>
        <message>
            <source>File quality</source>
            <translation>文件质量</translation>
        </message>
        <message>
            <source>Folder for the results</source>
            <translation>结果文件夹</translation>
        </message>
        <message>
            <source>Folders</source>
            <translation>文件夹</translation>
        </message>
        <message>
            <source>For JPEG, WebP and AVIF; 100 is best and largest</source>
            <translation>用于 JPEG、WebP 和 AVIF；100 质量最好、文件最大</translation>
        </message>
        <message>
            <source>Format</source>
            <translation>格式</translation>
        </message>
        <message>
            <source>Give results the modification and access times of their photos</source>
            <translation>让结果沿用照片的修改时间和访问时间</translation>
        </message>
        <message>
            <source>If file exists</source>
            <translation>文件已存在时</translation>
        </message>
        <message>
            <source>Include</source>
            <translation>包含</translation>
        </message>
        <message>
            <source>Keep file times</source>
            <translation>保留文件时间</translation>
        </message>
        <message>
            <source>Leave harmful ones for review</source>
            <translation>可能变差的结果留待检查</translation>
        </message>
        <message>
            <source>Leave out</source>
            <translation>略去</translation>
        </message>
        <message>
            <source>Limits per photo</source>
            <translation>每张照片的限制</translation>
        </message>
        <message>
            <source>Memory</source>
            <translation>内存</translation>
        </message>
        <message>
            <source>Metadata</source>
            <translation>元数据</translation>
        </message>
        <message>
            <source>Minimum confidence in percent</source>
            <translation>最低置信度（百分比）</translation>
        </message>
        <message>
            <source>Minimum confidence {value} % (others need review)</source>
            <translation>最低置信度 {value} %（其余需检查）</translation>
        </message>
        <message>
            <source>Name</source>
            <translation>名称</translation>
        </message>
        <message>
            <source>None</source>
            <translation>无</translation>
        </message>
        <message>
            <source>None, or e.g. raw/ *-old.*</source>
            <translation>无，或例如 raw/ *-old.*</translation>
        </message>
        <message>
            <source>Options</source>
            <translation>选项</translation>
        </message>
        <message>
            <source>Photos</source>
            <translation>照片</translation>
        </message>
        <message>
            <source>Photos…</source>
            <translation>照片…</translation>
        </message>
        <message>
            <source>Preset {name}</source>
            <translation>预设 {name}</translation>
        </message>
        <message>
            <source>Put the results into this folder beside the photos</source>
            <translation>将结果放入照片旁边的此文件夹</translation>
        </message>
        <message>
            <source>Quality</source>
            <translation>质量</translation>
        </message>
        <message>
            <source>Recipe {name}</source>
            <translation>配方 {name}</translation>
        </message>
        <message>
            <source>Recipe…</source>
            <translation>配方…</translation>
        </message>
        <message>
            <source>Refuse decompression bombs</source>
            <translation>拒绝解压炸弹</translation>
        </message>
        <message>
            <source>Refuse photos that take more memory when they are opened. Automatic: half of the memory</source>
            <translation>拒绝打开时占用更多内存的照片。自动：全部内存的一半</translation>
        </message>
        <message>
            <source>Remove</source>
            <translation>移除</translation>
        </message>
        <message>
            <source>Replace the file</source>
            <translation>替换文件</translation>
        </message>
        <message>
            <source>Results</source>
            <translation>结果</translation>
        </message>
        <message>
            <source>Results that may be worse than their photos are not written. Decide on them in the table. Photos whose steps you have set are written anyway</source>
            <translation>可能不如原照片的结果不会写入，请在表格中决定。由您设置了步骤的照片总会写入</translation>
        </message>
        <message>
            <source>Results…</source>
            <translation>结果…</translation>
        </message>
        <message>
            <source>Retry failed photos</source>
            <translation>重试失败的照片</translation>
        </message>
        <message>
            <source>Same as original</source>
            <translation>与原图相同</translation>
        </message>
        <message>
            <source>Size</source>
            <translation>大小</translation>
        </message>
        <message>
            <source>Skip the photo</source>
            <translation>跳过该照片</translation>
        </message>
        <message>
            <source>Small files that claim to contain huge images, as no photograph does</source>
            <translation>声称含有巨大图像的小文件，照片不会如此</translation>
        </message>
        <message>
            <source>Standard</source>
            <translation>标准</translation>
        </message>
        <message>
            <source>Stop a photo that takes longer, and continue with the others</source>
            <translation>停止处理超时的照片，继续处理其余照片</translation>
        </message>
        <message>
            <source>Strength in percent</source>
            <translation>强度（百分比）</translation>
        </message>
        <message>
            <source>Strength {value} %</source>
            <translation>强度 {value} %</translation>
        </message>
        <message>
            <source>Take steps, rotation, crop and quality of the photo there, and the options of its last export</source>
            <translation>采用工作室中照片的步骤、旋转、裁剪和质量，以及上次导出的选项</translation>
        </message>
        <message>
            <source>Time</source>
            <translation>时间</translation>
        </message>
        <message>
            <source>Use the steps of a recipe file</source>
            <translation>使用配方文件中的步骤</translation>
        </message>
        <message>
            <source>Use “{name}”</source>
            <translation>使用“{name}”</translation>
        </message>
        <message>
            <source>Watch folder for new photos</source>
            <translation>监视文件夹中的新照片</translation>
        </message>
        <message>
            <source>{label} in all photos</source>
            <translation>所有照片中的{label}</translation>
        </message>
    </context>
    <context>
        <name>OrderPanel</name>
        <message>
            <source>Channel order by prompt</source>
            <translation>各提示的通道次序</translation>
        </message>
        <message>
            <source>Channel {channel} → position {place} in the original order</source>
            <translation>通道 {channel} → 原始次序中的位置 {place}</translation>
        </message>
        <message>
            <source>Channel {channel} → position {place} under {prompt}</source>
            <translation>通道 {channel} → {prompt} 下的位置 {place}</translation>
        </message>
        <message>
            <source>DGCPM as one matrix</source>
            <translation>以一个矩阵表示 DGCPM</translation>
        </message>
        <message>
            <source>From prompt to prompt</source>
            <translation>从提示到提示</translation>
        </message>
        <message>
            <source>Position of channel {channel} by prompt – {positions}</source>
            <translation>通道 {channel} 在各提示下的位置：{positions}</translation>
        </message>
        <message>
            <source>Similarity of the orders</source>
            <translation>次序的相似度</translation>
        </message>
        <message>
            <source>channel of F_n</source>
            <translation>F_n 的通道</translation>
        </message>
        <message>
            <source>channel of Q</source>
            <translation>Q 的通道</translation>
        </message>
        <message>
            <source>distances between prompts</source>
            <translation>提示之间的距离</translation>
        </message>
        <message>
            <source>original</source>
            <translation>原始</translation>
        </message>
        <message>
            <source>position</source>
            <translation>位置</translation>
        </message>
        <message>
            <source>{prompt}: {place}</source>
            <translation>{prompt} {place}</translation>
        </message>
        <message>
            <source>{second} minus {first}</source>
            <translation>{second} 减 {first}</translation>
        </message>
    </context>
    <context>
        <name>OutputFields</name>
        <message>
            <source>16 bits</source>
            <translation>16 位</translation>
        </message>
        <message>
            <source>8 bits</source>
            <translation>8 位</translation>
        </message>
        <message>
            <source>All</source>
            <translation>全部</translation>
        </message>
        <message>
            <source>All but the location (GPS)</source>
            <translation>除位置 (GPS) 外的全部</translation>
        </message>
        <message>
            <source>Bits per channel; JPEG, WebP and BMP have 8</source>
            <translation>每通道位数；JPEG、WebP 和 BMP 为 8 位</translation>
        </message>
        <message>
            <source>Colour space of the file, whose profile is embedded; BMP is always sRGB</source>
            <translation>文件的色彩空间，其配置文件会嵌入；BMP 始终为 sRGB</translation>
        </message>
        <message>
            <source>None</source>
            <translation>无</translation>
        </message>
        <message>
            <source>Same as original</source>
            <translation>与原图相同</translation>
        </message>
        <message>
            <source>Which metadata to keep (the colour profile is always kept)</source>
            <translation>要保留的元数据（颜色配置文件始终保留）</translation>
        </message>
    </context>
    <context>
        <name>Overview</name>
        <message>
            <source>Click or drag to choose the part that is tried</source>
            <translation>单击或拖动以选择试用的部分</translation>
        </message>
    </context>
    <context>
        <name>PageStack</name>
        <message>
            <source>Pages</source>
            <translation>页面</translation>
        </message>
    </context>
    <context>
        <name>Panel</name>
        <message>
            <source>Charts</source>
            <translation>图表</translation>
        </message>
        <message>
            <source>Saved as {name}</source>
            <translation>已保存为 {name}</translation>
        </message>
        <message>
            <source>Writing…</source>
            <translation>正在写入…</translation>
        </message>
    </context>
    <context>
        <name>PhotoCommands</name>
        <message>
            <source>Apply a recipe</source>
            <translation>应用配方</translation>
        </message>
        <message>
            <source>It was made with another model, {model}. The result will differ.</source>
            <translation>它是用另一个模型 {model} 制作的。结果会有所不同。</translation>
        </message>
        <message>
            <source>It was made with quality “{mode}”; choose that in the menu at the top right.</source>
            <translation>它是以“{mode}”质量制作的；请在右上角的菜单中选择。</translation>
        </message>
        <message>
            <source>Rotation and crop were left out: the crop lies outside this photo.</source>
            <translation>未应用旋转和裁剪：裁剪区域超出了此照片。</translation>
        </message>
        <message>
            <source>Rotation and crop were left out: the photo is being processed.</source>
            <translation>未应用旋转和裁剪：照片正在处理中。</translation>
        </message>
        <message>
            <source>loading the model</source>
            <translation>载入模型</translation>
        </message>
        <message>
            <source>reading {name}</source>
            <translation>读取 {name}</translation>
        </message>
    </context>
    <context>
        <name>PhotoOpener</name>
        <message>
            <source>&amp;Clear list</source>
            <translation>清空列表(&amp;C)</translation>
        </message>
        <message>
            <source>Copy an image, or a photo in your file manager, and paste again.</source>
            <translation>请复制图像，或在文件管理器中复制照片，然后重新粘贴。</translation>
        </message>
        <message>
            <source>No recent photos</source>
            <translation>没有最近的照片</translation>
        </message>
        <message>
            <source>Only the first {count} photos were opened. The Batch page restores whole folders.</source>
            <translation>只打开了前 {count} 张照片。整个文件夹可在“批处理”页修复。</translation>
        </message>
        <message>
            <source>Pasted {time}</source>
            <translation>粘贴 {time}</translation>
        </message>
        <message>
            <source>The clipboard contains no image and no file.</source>
            <translation>剪贴板中没有图像或文件。</translation>
        </message>
        <message>
            <source>There is no photo in the folder {name}.</source>
            <translation>文件夹 {name} 中没有照片。</translation>
        </message>
    </context>
    <context>
        <name>PhotoTable</name>
        <message>
            <source>Found</source>
            <translation>检测到</translation>
        </message>
        <message>
            <source>Notes</source>
            <translation>说明</translation>
        </message>
        <message>
            <source>Photo</source>
            <translation>照片</translation>
        </message>
        <message>
            <source>Seconds</source>
            <translation>秒</translation>
        </message>
        <message>
            <source>State</source>
            <translation>状态</translation>
        </message>
        <message>
            <source>Steps</source>
            <translation>步骤</translation>
        </message>
        <message>
            <source>Warnings</source>
            <translation>警告</translation>
        </message>
        <message>
            <source>running</source>
            <translation>正在修复</translation>
        </message>
    </context>
    <context>
        <name>PhotoView</name>
        <message>
            <source>Photo with the inspected part</source>
            <translation>照片及所检视的部分</translation>
        </message>
        <message>
            <source>Wheel: zoom. Drag outside the frame: move. Double-click: whole photo</source>
            <translation>滚轮：缩放。在框外拖动：移动。双击：整张照片</translation>
        </message>
    </context>
    <context>
        <name>Preferences</name>
        <message>
            <source>Choose an RGB profile (.icc or .icm) in the settings.</source>
            <translation>请在设置中选择 RGB 配置文件（.icc 或 .icm）。</translation>
        </message>
        <message>
            <source>Loading the engine…</source>
            <translation>正在载入引擎…</translation>
        </message>
        <message>
            <source>No such device</source>
            <translation>没有此设备</translation>
        </message>
        <message>
            <source>looking for devices</source>
            <translation>查找设备</translation>
        </message>
        <message>
            <source>{name} is not a usable screen profile.</source>
            <translation>{name} 不是可用的屏幕颜色配置文件。</translation>
        </message>
    </context>
    <context>
        <name>Presets</name>
        <message>
            <source>Name of the preset, for example “my scanner”</source>
            <translation>预设的名称，例如“我的扫描仪”</translation>
        </message>
        <message>
            <source>Replace</source>
            <translation>替换</translation>
        </message>
        <message>
            <source>Save as preset</source>
            <translation>保存为预设</translation>
        </message>
        <message>
            <source>There is a preset “{name}” already. Replace it?</source>
            <translation>已有预设“{name}”。要替换吗？</translation>
        </message>
        <message>
            <source>best quality</source>
            <translation>最佳质量</translation>
        </message>
    </context>
    <context>
        <name>PresetsButton</name>
        <message>
            <source>Apply named steps, or save these steps under a name</source>
            <translation>应用已命名的步骤，或为这些步骤命名并保存</translation>
        </message>
        <message>
            <source>Apply preset “{name}”</source>
            <translation>应用预设“{name}”</translation>
        </message>
        <message>
            <source>Manage presets…</source>
            <translation>管理预设…</translation>
        </message>
        <message>
            <source>Presets</source>
            <translation>预设</translation>
        </message>
        <message>
            <source>Save as preset</source>
            <translation>保存为预设</translation>
        </message>
        <message>
            <source>Save as preset…</source>
            <translation>保存为预设…</translation>
        </message>
        <message>
            <source>Saved as preset “{name}”</source>
            <translation>已保存为预设“{name}”</translation>
        </message>
        <message>
            <source>using a preset</source>
            <translation>使用预设</translation>
        </message>
    </context>
    <context>
        <name>PresetsDialog</name>
        <message>
            <source>Delete</source>
            <translation>删除</translation>
        </message>
        <message>
            <source>Delete preset</source>
            <translation>删除预设</translation>
        </message>
        <message>
            <source>Delete the preset “{name}”?</source>
            <translation>删除预设“{name}”吗？</translation>
        </message>
        <message>
            <source>Delete…</source>
            <translation>删除…</translation>
        </message>
        <message>
            <source>Export preset</source>
            <translation>导出预设</translation>
        </message>
        <message>
            <source>Export…</source>
            <translation>导出…</translation>
        </message>
        <message>
            <source>Import presets</source>
            <translation>导入预设</translation>
        </message>
        <message>
            <source>Import…</source>
            <translation>导入…</translation>
        </message>
        <message>
            <source>No presets. Choose “Save as preset” next to the steps, or import a recipe.</source>
            <translation>没有预设。请在步骤旁选择“保存为预设”，或导入配方。</translation>
        </message>
        <message>
            <source>Presets</source>
            <translation>预设</translation>
        </message>
        <message>
            <source>Recipes</source>
            <translation>配方</translation>
        </message>
        <message>
            <source>Rename preset</source>
            <translation>重命名预设</translation>
        </message>
        <message>
            <source>Rename…</source>
            <translation>重命名…</translation>
        </message>
        <message>
            <source>Save the preset as a recipe file, for other computers and people</source>
            <translation>将预设保存为配方文件，供其他电脑和他人使用</translation>
        </message>
        <message>
            <source>Store recipe files as presets</source>
            <translation>将配方文件存为预设</translation>
        </message>
    </context>
    <context>
        <name>QAbstractFileIconProvider</name>
        <message>
            <source>%1 File</source>
            <translation>%1 文件</translation>
        </message>
        <message>
            <source>File</source>
            <translation>文件</translation>
        </message>
        <message>
            <source>Folder</source>
            <translation>文件夹</translation>
        </message>
    </context>
    <context>
        <name>QFileDialog</name>
        <message>
            <source>&amp;Look in:</source>
            <translation>查找范围(&amp;L)：</translation>
        </message>
        <message>
            <source>Files of &amp;type:</source>
            <translation>文件类型(&amp;T)：</translation>
        </message>
    </context>
    <context>
        <name>QuickSave</name>
        <message>
            <source>Already saved as {name}</source>
            <translation>已保存为 {name}</translation>
        </message>
    </context>
    <context>
        <name>Reopening</name>
        <message>
            <source>The language will change when the window is next opened. {unfinished}</source>
            <translation>下次打开窗口时将更改语言。{unfinished}</translation>
        </message>
    </context>
    <context>
        <name>ResizeField</name>
        <message>
            <source>Longer side</source>
            <translation>长边</translation>
        </message>
        <message>
            <source>Make results smaller; photos are never enlarged</source>
            <translation>缩小结果；照片不会被放大</translation>
        </message>
        <message>
            <source>Megapixels</source>
            <translation>百万像素</translation>
        </message>
        <message>
            <source>Percent</source>
            <translation>百分比</translation>
        </message>
        <message>
            <source>Same as original</source>
            <translation>与原图相同</translation>
        </message>
        <message>
            <source>Size</source>
            <translation>大小</translation>
        </message>
        <message>
            <source>Size of the result</source>
            <translation>结果的尺寸</translation>
        </message>
    </context>
    <context>
        <name>ResultPanel</name>
        <message>
            <source>Bring back result</source>
            <translation>找回结果</translation>
        </message>
        <message>
            <source>Do what helps</source>
            <translation>采用建议</translation>
        </message>
        <message>
            <source>Do what probably helps (Undo takes it back)</source>
            <translation>采用可能有帮助的办法（可撤销）</translation>
        </message>
        <message>
            <source>Hardly any change: this step may as well be left out.</source>
            <translation>几乎没有变化：可以不用此步骤。</translation>
        </message>
        <message>
            <source>Not saved yet.</source>
            <translation>尚未保存。</translation>
        </message>
        <message>
            <source>Preview of the visible area ({width}×{height} px, {seconds:.1f} s). The full result may differ slightly.</source>
            <translation>可见区域的预览（{width}×{height} px，{seconds:.1f} 秒）。完整结果可能略有不同。</translation>
        </message>
        <message>
            <source>Result</source>
            <translation>结果</translation>
        </message>
        <message>
            <source>Saved as {name}.</source>
            <translation>已保存为 {name}。</translation>
        </message>
        <message>
            <source>This may look worse than the original:</source>
            <translation>结果可能不如原照片：</translation>
        </message>
        <message>
            <source>Undo until the result is shown again; nothing is computed again</source>
            <translation>撤销到重新显示结果为止；无需重新计算</translation>
        </message>
        <message>
            <source>Warning</source>
            <translation>警告</translation>
        </message>
        <message>
            <source>{problem}.</source>
            <translation>{problem}。</translation>
        </message>
    </context>
    <context>
        <name>Session</name>
        <message>
            <source>Detecting problems</source>
            <translation>正在检测问题</translation>
        </message>
        <message>
            <source>Finishing</source>
            <translation>正在完成</translation>
        </message>
        <message>
            <source>Loading the model</source>
            <translation>正在载入模型</translation>
        </message>
        <message>
            <source>Opening</source>
            <translation>正在打开</translation>
        </message>
        <message>
            <source>Or save the picture to a file in the other program and open that.</source>
            <translation>也可以在其他程序中将图片保存为文件后再打开。</translation>
        </message>
        <message>
            <source>Restoring</source>
            <translation>正在修复</translation>
        </message>
        <message>
            <source>Saved as {name}</source>
            <translation>已保存为 {name}</translation>
        </message>
        <message>
            <source>Saved as {name}.</source>
            <translation>已保存为 {name}。</translation>
        </message>
        <message>
            <source>Saving</source>
            <translation>正在保存</translation>
        </message>
        <message>
            <source>Step {number} of {count}, {name}</source>
            <translation>第 {number} 步，共 {count} 步：{name}</translation>
        </message>
        <message>
            <source>Steps of {name} copied</source>
            <translation>已复制 {name} 的步骤</translation>
        </message>
        <message>
            <source>Steps pasted to {count} photos</source>
            <translation>已将步骤粘贴到 {count} 张照片</translation>
        </message>
        <message>
            <source>Stopped because the photo was rotated or cropped</source>
            <translation>已停止：照片已旋转或裁剪</translation>
        </message>
        <message>
            <source>The photo was saved as {name}, but without its recipe.</source>
            <translation>照片已保存为 {name}，但未能保存其配方。</translation>
        </message>
        <message>
            <source>The result of {name} could not be read back from the disk. Restore it again.</source>
            <translation>无法从磁盘读回 {name} 的结果。请重新修复。</translation>
        </message>
        <message>
            <source>The result was removed; Undo brings it back</source>
            <translation>结果已移除；撤销可找回</translation>
        </message>
        <message>
            <source>Waiting</source>
            <translation>等待中</translation>
        </message>
        <message>
            <source>changing the strength</source>
            <translation>更改强度</translation>
        </message>
        <message>
            <source>changing {name}</source>
            <translation>更改 {name}</translation>
        </message>
        <message>
            <source>detecting problems in {name}</source>
            <translation>检测 {name}</translation>
        </message>
        <message>
            <source>loading the model</source>
            <translation>载入模型</translation>
        </message>
        <message>
            <source>opening {name}</source>
            <translation>打开 {name}</translation>
        </message>
        <message>
            <source>restoring {name}</source>
            <translation>修复 {name}</translation>
        </message>
        <message>
            <source>saving the result</source>
            <translation>保存结果</translation>
        </message>
        <message>
            <source>saving {name}</source>
            <translation>保存 {name}</translation>
        </message>
        <message>
            <source>taking the picture from the clipboard</source>
            <translation>从剪贴板获取图片</translation>
        </message>
        <message>
            <source>{count} photos could not be opened: {names}.</source>
            <translation>有 {count} 张照片无法打开：{names}。</translation>
        </message>
        <message>
            <source>{name} is the original photo, which is kept. Choose another name for the result.</source>
            <translation>{name} 是原图，必须保留。请为结果换一个名称。</translation>
        </message>
    </context>
    <context>
        <name>SettingsDialog</name>
        <message>
            <source> GB</source>
            <translation> GB</translation>
        </message>
        <message>
            <source>&amp;Device</source>
            <translation>设备(&amp;D)</translation>
        </message>
        <message>
            <source>&amp;Language</source>
            <translation>语言(&amp;L)</translation>
        </message>
        <message>
            <source>&amp;Memory limit</source>
            <translation>内存上限(&amp;M)</translation>
        </message>
        <message>
            <source>&amp;Precision</source>
            <translation>精度(&amp;P)</translation>
        </message>
        <message>
            <source>&amp;Theme</source>
            <translation>主题(&amp;T)</translation>
        </message>
        <message>
            <source>Appearance</source>
            <translation>外观</translation>
        </message>
        <message>
            <source>Automatic</source>
            <translation>自动</translation>
        </message>
        <message>
            <source>Choose the colour profile of the screen</source>
            <translation>选择屏幕的颜色配置文件</translation>
        </message>
        <message>
            <source>Choose…</source>
            <translation>选择…</translation>
        </message>
        <message>
            <source>Colour profile of the screen</source>
            <translation>屏幕颜色配置文件</translation>
        </message>
        <message>
            <source>Colour profiles</source>
            <translation>颜色配置文件</translation>
        </message>
        <message>
            <source>Dark</source>
            <translation>深色</translation>
        </message>
        <message>
            <source>Half precision takes half the memory; float32 is exact.</source>
            <translation>半精度只需一半内存；float32 是精确的。</translation>
        </message>
        <message>
            <source>Light</source>
            <translation>浅色</translation>
        </message>
        <message>
            <source>Needed only if the system does not manage colours. Choose the file that the calibration of the screen created.</source>
            <translation>仅在系统不管理颜色时需要。请选择屏幕校准所生成的文件。</translation>
        </message>
        <message>
            <source>None</source>
            <translation>无</translation>
        </message>
        <message>
            <source>Restoring</source>
            <translation>修复</translation>
        </message>
        <message>
            <source>Settings</source>
            <translation>设置</translation>
        </message>
        <message>
            <source>System default</source>
            <translation>系统默认</translation>
        </message>
        <message>
            <source>Use no colour profile</source>
            <translation>不使用颜色配置文件</translation>
        </message>
        <message>
            <source>With a lower limit, large photos are restored in parts.</source>
            <translation>限制较低时，大照片会分块修复。</translation>
        </message>
        <message>
            <source>{size} GB are free now</source>
            <translation>现有 {size} GB 可用</translation>
        </message>
    </context>
    <context>
        <name>SizeLabel</name>
        <message>
            <source>About {size}, {width}×{height} px</source>
            <translation>约 {size}，{width}×{height} 像素</translation>
        </message>
        <message>
            <source>Estimating the size…</source>
            <translation>正在估算大小…</translation>
        </message>
        <message>
            <source>Expected file size</source>
            <translation>预计文件大小</translation>
        </message>
        <message>
            <source>{size}, {width}×{height} px</source>
            <translation>{size}，{width}×{height} 像素</translation>
        </message>
    </context>
    <context>
        <name>SplitHandle</name>
        <message>
            <source>Split between before and after</source>
            <translation>修复前后的分割线</translation>
        </message>
        <message>
            <source>{share} % before; use the arrow keys to move it</source>
            <translation>修复前占 {share} %；用方向键移动</translation>
        </message>
    </context>
    <context>
        <name>StatusBar</name>
        <message>
            <source>Progress</source>
            <translation>进度</translation>
        </message>
        <message>
            <source>Show in folder</source>
            <translation>在文件夹中显示</translation>
        </message>
        <message>
            <source>Show the saved file in the file manager</source>
            <translation>在文件管理器中显示已保存的文件</translation>
        </message>
        <message>
            <source>Show this work</source>
            <translation>显示这项工作</translation>
        </message>
        <message>
            <source>Stop</source>
            <translation>停止</translation>
        </message>
        <message>
            <source>Stop the current work (Esc)</source>
            <translation>停止当前任务 (Esc)</translation>
        </message>
    </context>
    <context>
        <name>StepRow</name>
        <message>
            <source>Enable or disable this step</source>
            <translation>启用或停用此步骤</translation>
        </message>
        <message>
            <source>Everywhere</source>
            <translation>整张照片</translation>
        </message>
        <message>
            <source>How much of the correction is applied; 0 % leaves the photo unchanged</source>
            <translation>应用修正的程度；0 % 表示照片不变</translation>
        </message>
        <message>
            <source>Level</source>
            <translation>级别</translation>
        </message>
        <message>
            <source>Mask</source>
            <translation>蒙版</translation>
        </message>
        <message>
            <source>Move step {number} down</source>
            <translation>下移步骤 {number}</translation>
        </message>
        <message>
            <source>Move step {number} up</source>
            <translation>上移步骤 {number}</translation>
        </message>
        <message>
            <source>Move this step down (Alt+Down)</source>
            <translation>下移此步骤 (Alt+Down)</translation>
        </message>
        <message>
            <source>Move this step up (Alt+Up)</source>
            <translation>上移此步骤 (Alt+Up)</translation>
        </message>
        <message>
            <source>Noise level of step {number}</source>
            <translation>步骤 {number} 的噪点级别</translation>
        </message>
        <message>
            <source>Noise level. The model supports σ {levels}; choose the nearest.</source>
            <translation>噪点强度。模型支持 σ {levels}；请选择最接近的值。</translation>
        </message>
        <message>
            <source>Remove step {number}</source>
            <translation>移除步骤 {number}</translation>
        </message>
        <message>
            <source>Remove this step (Delete)</source>
            <translation>移除此步骤 (Delete)</translation>
        </message>
        <message>
            <source>Step {number}, {name}, enabled</source>
            <translation>步骤 {number}，{name}，已启用</translation>
        </message>
        <message>
            <source>Strength</source>
            <translation>强度</translation>
        </message>
        <message>
            <source>Strength of step {number}, {name}, in percent</source>
            <translation>步骤 {number}（{name}）的强度，百分比</translation>
        </message>
        <message>
            <source>Where</source>
            <translation>范围</translation>
        </message>
        <message>
            <source>Where step {number}, {name}, applies: {place}</source>
            <translation>步骤 {number}（{name}）的应用范围：{place}</translation>
        </message>
        <message>
            <source>Where this step applies: click to edit its mask (M)</source>
            <translation>此步骤的应用范围：单击可编辑其蒙版（M）</translation>
        </message>
    </context>
    <context>
        <name>StepsMenu</name>
        <message>
            <source>Accept the result: write it</source>
            <translation>接受结果：写入文件</translation>
        </message>
        <message>
            <source>Dismiss the result: treat the photo as clean</source>
            <translation>放弃结果：按干净照片处理</translation>
        </message>
        <message>
            <source>Dismiss the warning: keep the result</source>
            <translation>忽略警告：保留结果</translation>
        </message>
        <message>
            <source>Leave unchanged</source>
            <translation>保持原样</translation>
        </message>
        <message>
            <source>Only the steps; “As in the Studio” on the left takes rotation, crop and export as well</source>
            <translation>仅步骤；左侧的“与工作室相同”还会采用旋转、裁剪和导出选项</translation>
        </message>
        <message>
            <source>Only their steps; the quality is that of the batch</source>
            <translation>只使用其步骤；质量按批处理的设置</translation>
        </message>
        <message>
            <source>Presets</source>
            <translation>预设</translation>
        </message>
        <message>
            <source>Steps as in the Studio</source>
            <translation>使用工作室中的步骤</translation>
        </message>
        <message>
            <source>Use batch settings</source>
            <translation>使用批处理设置</translation>
        </message>
        <message>
            <source>Use what the warning suggests</source>
            <translation>采用警告中的建议</translation>
        </message>
    </context>
    <context>
        <name>StepsPanel</name>
        <message>
            <source>Add a step</source>
            <translation>添加一个步骤</translation>
        </message>
        <message>
            <source>Add step</source>
            <translation>添加步骤</translation>
        </message>
        <message>
            <source>Custom prompt</source>
            <translation>自定义提示</translation>
        </message>
        <message>
            <source>Custom prompt…</source>
            <translation>自定义提示…</translation>
        </message>
        <message>
            <source>Describe the problem in your own words</source>
            <translation>用您自己的话描述问题</translation>
        </message>
        <message>
            <source>Describe the problem. The model was trained with a few prompts only, so results vary.</source>
            <translation>描述问题。模型只用少量提示训练过，因此结果会有差异。</translation>
        </message>
        <message>
            <source>Mask: empty</source>
            <translation>蒙版：空</translation>
        </message>
        <message>
            <source>Mask: no sky found</source>
            <translation>蒙版：未找到天空</translation>
        </message>
        <message>
            <source>No photo.</source>
            <translation>没有照片。</translation>
        </message>
        <message>
            <source>No steps. Tick a problem above, or add a step.</source>
            <translation>没有步骤。请勾选上方的问题，或添加步骤。</translation>
        </message>
        <message>
            <source>Prompt: “{prompt}”</source>
            <translation>提示：“{prompt}”</translation>
        </message>
        <message>
            <source>Reading the model… try again in a moment.</source>
            <translation>正在读取模型…请稍后再试。</translation>
        </message>
        <message>
            <source>Steps</source>
            <translation>步骤</translation>
        </message>
        <message>
            <source>The current model does not support this prompt</source>
            <translation>当前模型不支持此提示</translation>
        </message>
        <message>
            <source>adding a prompt</source>
            <translation>添加提示</translation>
        </message>
    </context>
    <context>
        <name>TaskBar</name>
        <message>
            <source>Progress</source>
            <translation>进度</translation>
        </message>
        <message>
            <source>Stop</source>
            <translation>停止</translation>
        </message>
    </context>
    <context>
        <name>Tile</name>
        <message>
            <source>Add</source>
            <translation>添加</translation>
        </message>
        <message>
            <source>Add this to the steps; this window stays open</source>
            <translation>添加到步骤中；此窗口保持打开</translation>
        </message>
        <message>
            <source>Add {name}</source>
            <translation>添加 {name}</translation>
        </message>
        <message>
            <source>Make this the only step</source>
            <translation>设为唯一的步骤</translation>
        </message>
        <message>
            <source>Use</source>
            <translation>使用</translation>
        </message>
        <message>
            <source>Use {name}</source>
            <translation>使用 {name}</translation>
        </message>
        <message>
            <source>Waiting…</source>
            <translation>等待中…</translation>
        </message>
    </context>
    <context>
        <name>ToolBar</name>
        <message>
            <source>Tools</source>
            <translation>工具</translation>
        </message>
    </context>
    <context>
        <name>TryAllDialog</name>
        <message>
            <source>Failed: {error}</source>
            <translation>失败：{error}</translation>
        </message>
        <message>
            <source>No changes</source>
            <translation>无更改</translation>
        </message>
        <message>
            <source>Original</source>
            <translation>原图</translation>
        </message>
        <message>
            <source>Prompt: “{prompt}”. Drag to move the part, click to enlarge it, Shift-click to add it as a step</source>
            <translation>提示词：“{prompt}”。拖动可移动所示部分，单击可放大，按住 Shift 单击可添加为步骤</translation>
        </message>
        <message>
            <source>Remove all steps</source>
            <translation>移除所有步骤</translation>
        </message>
        <message>
            <source>The photo without changes. Drag to move the part, click to enlarge it</source>
            <translation>未更改的照片。拖动可移动所示部分，单击可放大</translation>
        </message>
        <message>
            <source>The same part ({size}) at 100 % with every step. Drag a tile to move the part, click it to enlarge it. The full result may differ slightly.</source>
            <translation>同一部分（{size}）以 100 % 显示每个步骤的结果。拖动图块可移动该部分，单击可放大。完整结果可能略有不同。</translation>
        </message>
        <message>
            <source>Try all</source>
            <translation>全部试用</translation>
        </message>
        <message>
            <source>Trying</source>
            <translation>正在试用</translation>
        </message>
        <message>
            <source>Waiting…</source>
            <translation>等待中…</translation>
        </message>
    </context>
    <context>
        <name>Wording</name>
        <message>
            <source>Clipped {now} (before {before})</source>
            <translation>截断 {now}（原来 {before}）</translation>
        </message>
        <message>
            <source>Colour shift {value} ΔE</source>
            <translation>色偏 {value} ΔE</translation>
        </message>
        <message>
            <source>Takes about {minutes} min on this computer</source>
            <translation>在本机上约需 {minutes} 分钟</translation>
        </message>
        <message>
            <source>Takes about {seconds} s on this computer</source>
            <translation>在本机上约需 {seconds} 秒</translation>
        </message>
        <message>
            <source>Time not known yet: nothing was restored with this model here. A preview measures it.</source>
            <translation>所需时间尚不清楚：此模型还没有在本机上修复过照片。预览可以测出时间。</translation>
        </message>
        <message>
            <source>best quality</source>
            <translation>最佳质量</translation>
        </message>
        <message>
            <source>own profile</source>
            <translation>自带配置文件</translation>
        </message>
        <message>
            <source>queued: {count}</source>
            <translation>排队中：{count}</translation>
        </message>
        <message>
            <source>{changed} changed, {clipped} clipped</source>
            <translation>{changed} 有变化，{clipped} 截断</translation>
        </message>
        <message>
            <source>{count}-bit</source>
            <translation>{count} 位</translation>
        </message>
        <message>
            <source>{progress}, {minutes} min left</source>
            <translation>{progress}，剩余 {minutes} 分钟</translation>
        </message>
        <message>
            <source>{progress}, {seconds} s left</source>
            <translation>{progress}，剩余 {seconds} 秒</translation>
        </message>
        <message>
            <source>{share} changed</source>
            <translation>{share} 有变化</translation>
        </message>
        <message>
            <source>{size} GB free</source>
            <translation>可用 {size} GB</translation>
        </message>
        <message>
            <source>{state} as {name}</source>
            <translation>{state}为 {name}</translation>
        </message>
        <message>
            <source>{state}, not saved yet</source>
            <translation>{state}，尚未保存</translation>
        </message>
        <message>
            <source>{state}, {percent}</source>
            <translation>{state}，{percent}</translation>
        </message>
        <message>
            <source>{state}: {reason}</source>
            <translation>{state}：{reason}</translation>
        </message>
        <message>
            <source>{step} (masked)</source>
            <translation>{step}（有蒙版）</translation>
        </message>
    </context>
    <context>
        <name>core</name>
        <message>
            <source>"model"</source>
            <translation>“model”</translation>
        </message>
        <message>
            <source>A band along the border of the photo</source>
            <translation>照片边缘出现条带</translation>
        </message>
        <message>
            <source>A brush must have 1 to {count} strokes.</source>
            <translation>画笔必须有 1 到 {count} 条笔画。</translation>
        </message>
        <message>
            <source>A camera raw file: it was developed with the camera's white balance and an automatic brightness. A raw converter gives more control.</source>
            <translation>这是相机 RAW 文件：已按相机白平衡和自动亮度冲洗。RAW 转换软件可以提供更多控制。</translation>
        </message>
        <message>
            <source>A limit of {value} rejects every photo. Choose a larger number, or no limit.</source>
            <translation>限制 {value} 会拒绝所有照片。请选择更大的数值，或不设限制。</translation>
        </message>
        <message>
            <source>A mask must have 1 to {count} components.</source>
            <translation>蒙版必须有 1 到 {count} 个组成部分。</translation>
        </message>
        <message>
            <source>A mask picture must be a PNG file of at most {size} bytes.</source>
            <translation>蒙版图片必须是不超过 {size} 字节的 PNG 文件。</translation>
        </message>
        <message>
            <source>A part of the path is a file, not a folder; check the path.</source>
            <translation>路径中有一部分是文件而不是文件夹，请检查路径。</translation>
        </message>
        <message>
            <source>A photo can be rotated by 0 to 3 quarter turns, not {count}.</source>
            <translation>照片可以旋转 0 到 3 个 90°，不能是 {count}。</translation>
        </message>
        <message>
            <source>A picked colour must have three channels.</source>
            <translation>所选颜色必须有三个通道。</translation>
        </message>
        <message>
            <source>A position in a mask must be two numbers.</source>
            <translation>蒙版中的位置必须是两个数字。</translation>
        </message>
        <message>
            <source>A preset needs at least one step. Add a step first.</source>
            <translation>预设至少需要一个步骤。请先添加步骤。</translation>
        </message>
        <message>
            <source>A prompt needs 1 to {limit} characters, not {count}.</source>
            <translation>提示需要 1 到 {limit} 个字符，而不是 {count} 个。</translation>
        </message>
        <message>
            <source>A prompt needs at least one word.</source>
            <translation>提示至少需要一个词。</translation>
        </message>
        <message>
            <source>A report cannot be written to {file}. Choose a name that ends in one of: {endings}.</source>
            <translation>无法将报告写入 {file}。请选择以下列之一结尾的名称：{endings}。</translation>
        </message>
        <message>
            <source>A second image in the XMP block shows the photo before restoration; it was left out.</source>
            <translation>XMP 数据中的另一张图片显示的是修复前的照片，已略去。</translation>
        </message>
        <message>
            <source>A stroke must have 1 to {count} points.</source>
            <translation>一条笔画必须有 1 到 {count} 个点。</translation>
        </message>
        <message>
            <source>A tensor's name has {count} characters ({name}). {advice}</source>
            <translation>有一个张量的名称长达 {count} 个字符（{name}）。{advice}</translation>
        </message>
        <message>
            <source>Ablations: one part changed at a time</source>
            <translation>消融：每次改变一个部分</translation>
        </message>
        <message>
            <source>Ablations: results, and differences to the unchanged model</source>
            <translation>消融：结果，以及与未改动模型的差异</translation>
        </message>
        <message>
            <source>Another batch is writing to {folder}. Wait until it ends, stop it, or name another folder.</source>
            <translation>另一个批处理正在写入 {folder}。请等它结束、停止它，或另选文件夹。</translation>
        </message>
        <message>
            <source>Attention between channels: {block}, γ {keep:g}</source>
            <translation>通道间的注意力：{block}，γ {keep:g}</translation>
        </message>
        <message>
            <source>Attention, {second} minus {first}: {block}</source>
            <translation>注意力，{second} 减 {first}：{block}</translation>
        </message>
        <message>
            <source>Blocks and noise where the photo was nearly black</source>
            <translation>原本近乎全黑的部分出现色块和噪点</translation>
        </message>
        <message>
            <source>Blotches of colour in even areas</source>
            <translation>平滑区域出现色斑</translation>
        </message>
        <message>
            <source>Bright areas have lost their detail to white</source>
            <translation>亮部过曝，失去细节</translation>
        </message>
        <message>
            <source>Bright halos along edges</source>
            <translation>边缘出现亮晕</translation>
        </message>
        <message>
            <source>CAAPM off</source>
            <translation>CAAPM 关闭</translation>
        </message>
        <message>
            <source>Change a part of the network to see what that part does: its effect is shown beside this result.</source>
            <translation>更改网络的某一部分，即可看到该部分的作用：其效果会显示在此结果旁边。</translation>
        </message>
        <message>
            <source>Channel order by prompt: {block}, {count} channels</source>
            <translation>各提示的通道次序：{block}，{count} 个通道</translation>
        </message>
        <message>
            <source>Check the name and the folder.</source>
            <translation>请检查名称和文件夹。</translation>
        </message>
        <message>
            <source>Choose a file instead of a folder.</source>
            <translation>请选择文件，而不是文件夹。</translation>
        </message>
        <message>
            <source>Clusters of degradations in the latent features of {count} pictures</source>
            <translation>{count} 张图片潜在特征中的退化聚类</translation>
        </message>
        <message>
            <source>Colour = channel number. Top row: before reordering; below: after, for each prompt. It shows the order of each prompt and that they differ; it does not show that one order is better than another. {origin}</source>
            <translation>颜色 = 通道编号。首行：重排之前；其下：各提示重排之后。它显示各提示的次序及其差别，但不说明哪种次序更好。{origin}</translation>
        </message>
        <message>
            <source>DGCPM as one matrix: {block}, {size}</source>
            <translation>DGCPM 作为一个矩阵：{block}，{size}</translation>
        </message>
        <message>
            <source>DGCPM off</source>
            <translation>DGCPM 关闭</translation>
        </message>
        <message>
            <source>DGPB off</source>
            <translation>DGPB 关闭</translation>
        </message>
        <message>
            <source>Dark areas have lost their detail to black</source>
            <translation>暗部死黑，失去细节</translation>
        </message>
        <message>
            <source>Dark halos along edges</source>
            <translation>边缘出现暗晕</translation>
        </message>
        <message>
            <source>Darker than before</source>
            <translation>比原来更暗</translation>
        </message>
        <message>
            <source>Data of an unknown kind after the image was left out.</source>
            <translation>图片之后有未知类型的数据，已略去。</translation>
        </message>
        <message>
            <source>Detail that was not in the photo</source>
            <translation>出现照片中没有的细节</translation>
        </message>
        <message>
            <source>Device 'mps' does not exist: it needs a Mac with Apple's GPU. Choose cpu.</source>
            <translation>设备 'mps' 不存在：它需要配有 Apple GPU 的 Mac。请选择 cpu。</translation>
        </message>
        <message>
            <source>Device {name!r} does not exist: torch sees {count} CUDA devices. Choose cpu, or install a GPU driver and a torch build that match.</source>
            <translation>设备 {name!r} 不存在：torch 找到 {count} 个 CUDA 设备。请选择 cpu，或安装匹配的 GPU 驱动和 torch。</translation>
        </message>
        <message>
            <source>Device {name!r} failed: {reason}. Start the program again; if it fails again, choose cpu, or update the driver.</source>
            <translation>设备 {name!r} 出错：{reason}。请重新启动程序；如果再次出错，请选择 cpu 或更新驱动程序。</translation>
        </message>
        <message>
            <source>Device {name!r} is not supported. Choose auto, cpu, cuda, cuda:N or mps.</source>
            <translation>不支持设备 {name!r}。请选择 auto、cpu、cuda、cuda:N 或 mps。</translation>
        </message>
        <message>
            <source>Drop rate of each entry: {block}, {count} photos, prompt {prompt}</source>
            <translation>各元素的丢弃率：{block}，{count} 张照片，提示：{prompt}</translation>
        </message>
        <message>
            <source>Dull: nothing is bright any more</source>
            <translation>发灰：没有明亮的部分</translation>
        </message>
        <message>
            <source>Each bar is the same pass with one change in all blocks. {quality} It applies to this checkpoint and this region only: nothing was retrained, so a large change means that the trained layers rely on that part, not that a network needs it.</source>
            <translation>每个条形是同一次运行，在所有模块中作一项改动。{quality}它只适用于此检查点和此区域：没有重新训练，因此变化大只说明训练好的层依赖该部分，并不说明网络必须有它。</translation>
        </message>
        <message>
            <source>Each result and its difference to the result of the unchanged model: grey where they are equal, full colour at ±{value:.1f} levels of 255, the same scale for all. The difference shows where a change acts, not whether it is harmful.</source>
            <translation>各结果及其与未改动模型结果的差异：相等处为灰色，±{value:.1f} 级（共 255 级）处为全色，各图刻度相同。差异显示改动在何处起作用，不说明是否有害。</translation>
        </message>
        <message>
            <source>F_a: after the attention</source>
            <translation>F_a：注意力之后</translation>
        </message>
        <message>
            <source>F_b: after CAAPM</source>
            <translation>F_b：CAAPM 之后</translation>
        </message>
        <message>
            <source>F_n + F_b: output</source>
            <translation>F_n + F_b：输出</translation>
        </message>
        <message>
            <source>F_n: input of the block</source>
            <translation>F_n：模块的输入</translation>
        </message>
        <message>
            <source>Features: {block}, {count} channels</source>
            <translation>特征：{block}，{count} 个通道</translation>
        </message>
        <message>
            <source>File name too long</source>
            <translation>文件名过长</translation>
        </message>
        <message>
            <source>Fine detail was lost</source>
            <translation>丢失了精细细节</translation>
        </message>
        <message>
            <source>From left to right the input of the block and the outputs of its parts. Top: the mean magnitude over the channels; each picture has its own scale, which need not start at 0. Bottom: the first three principal components as red, green and blue, with their shares of the variance. Each picture has its own components, so equal colours in two pictures do not mean equal features. One value covers {cell}×{cell} pixels.</source>
            <translation>从左到右是模块的输入以及各部分的输出。上方：各通道的平均幅值，每幅图有自己的刻度，不一定从 0 开始。下方：前三个主成分，以红、绿、蓝表示，并给出所占方差的比例。各图的主成分不同，因此两幅图中颜色相同不代表特征相同。一个值对应 {cell}×{cell} 像素。</translation>
        </message>
        <message>
            <source>From the model card: {text}</source>
            <translation>模型卡说明：{text}</translation>
        </message>
        <message>
            <source>Grey areas have become coloured</source>
            <translation>灰色区域偏色</translation>
        </message>
        <message>
            <source>Haze</source>
            <translation>雾霾</translation>
        </message>
        <message>
            <source>In the published training this order is set by the prompt and the untrained guidance layers (DGM). It differs from prompt to prompt, but it is not learned.</source>
            <translation>在已发表的训练中，此次序由提示和未经训练的引导层（DGM）决定。它因提示而异，但不是学到的。</translation>
        </message>
        <message>
            <source>Input/output error</source>
            <translation>输入/输出错误</translation>
        </message>
        <message>
            <source>Internal error: there is no image to write for {file}. Please retry.</source>
            <translation>内部错误：没有可为 {file} 写入的图像。请重试。</translation>
        </message>
        <message>
            <source>Invalid amount of memory {text!r}. Use a number with a unit, such as 800M or 6G.</source>
            <translation>内存量 {text!r} 无效。请使用带单位的数字，例如 800M 或 6G。</translation>
        </message>
        <message>
            <source>Is a directory</source>
            <translation>是目录</translation>
        </message>
        <message>
            <source>It claims to contain {count} tensors, far more than any network of DFPIR. {advice}</source>
            <translation>它声称含有 {count} 个张量，远多于任何 DFPIR 网络。{advice}</translation>
        </message>
        <message>
            <source>It contains a {kind} instead of named weights. Choose a DFPIR checkpoint.</source>
            <translation>它含有的是 {kind}，而不是带名称的权重。请选择 DFPIR 检查点。</translation>
        </message>
        <message>
            <source>It contains a {kind} instead of named weights. Choose another model.</source>
            <translation>其内容是 {kind}，而不是带名称的权重。请选择其他模型。</translation>
        </message>
        <message>
            <source>It contains no weights: the file was saved empty, as some published ones are. Choose another checkpoint.</source>
            <translation>它不含权重：文件保存时就是空的，有些公开发布的文件就是如此。请选择其他检查点。</translation>
        </message>
        <message>
            <source>It has two tables of contents. {advice}</source>
            <translation>它有两个目录。{advice}</translation>
        </message>
        <message>
            <source>It holds {what}, but its ending is {ending}. Rename it to have it restored.</source>
            <translation>其内容是{what}，但扩展名是 {ending}。请重命名后再修复。</translation>
        </message>
        <message>
            <source>It is a TorchScript program and not a checkpoint. Choose a DFPIR checkpoint.</source>
            <translation>它是 TorchScript 程序，不是检查点。请选择 DFPIR 检查点。</translation>
        </message>
        <message>
            <source>It is a model of another family: its weights are in {name}. The main window compares such models with DFPIR; choose a DFPIR checkpoint here.</source>
            <translation>这是其他系列的模型：其权重位于 {name} 中。主窗口可以将此类模型与 DFPIR 比较；此处请选择 DFPIR 检查点。</translation>
        </message>
        <message>
            <source>It is a safetensors file, but not a DFPIR Studio model. Choose a DFPIR checkpoint, or the authors' .pth.tar file.</source>
            <translation>它是 safetensors 文件，但不是 DFPIR Studio 的。请选择 DFPIR 检查点，或作者发布的 .pth.tar 文件。</translation>
        </message>
        <message>
            <source>It is a safetensors file, but not a detector.</source>
            <translation>它是 safetensors 文件，但不是检测器。</translation>
        </message>
        <message>
            <source>It is a zip archive and not a checkpoint. Unpack it, and choose a model file in it.</source>
            <translation>它是 zip 压缩包，不是检查点。请解压后选择其中的模型文件。</translation>
        </message>
        <message>
            <source>It is {what}, which cannot be restored.</source>
            <translation>这是{what}，无法修复。</translation>
        </message>
        <message>
            <source>Its contents claim to be larger than the file. {advice}</source>
            <translation>其内容声称比文件本身还大。{advice}</translation>
        </message>
        <message>
            <source>Its contents do not look like weights. {advice}</source>
            <translation>其内容不像权重。{advice}</translation>
        </message>
        <message>
            <source>Its entries have no names. {advice}</source>
            <translation>其条目没有名称。{advice}</translation>
        </message>
        <message>
            <source>Its entry {name} is not a tensor. Choose a DFPIR checkpoint.</source>
            <translation>其条目 {name} 不是张量。请选择 DFPIR 检查点。</translation>
        </message>
        <message>
            <source>Its header cannot be used: {reason}. {advice}</source>
            <translation>文件头无法使用：{reason}。{advice}</translation>
        </message>
        <message>
            <source>Its last {count} bytes are missing. Download or copy it again.</source>
            <translation>缺少最后 {count} 个字节。请重新下载或复制。</translation>
        </message>
        <message>
            <source>Its model card is too long: at most {entries} entries, {characters} characters each, and {total} in all. Shorten it.</source>
            <translation>其模型卡太长：最多 {entries} 项，每项 {characters} 个字符，总共 {total} 个。请缩短它。</translation>
        </message>
        <message>
            <source>Its tensors claim to be larger than the file. {advice}</source>
            <translation>其张量声称比文件本身还大。{advice}</translation>
        </message>
        <message>
            <source>Its weights have no names. Choose a DFPIR checkpoint.</source>
            <translation>其权重没有名称。请选择 DFPIR 检查点。</translation>
        </message>
        <message>
            <source>JPEG segments of other programs were left out: {names}.</source>
            <translation>已略去其他程序的 JPEG 数据段：{names}。</translation>
        </message>
        <message>
            <source>Light and dark blotches in even areas</source>
            <translation>平滑区域出现明暗斑块</translation>
        </message>
        <message>
            <source>Loading it could run unknown code, so it was not read. Get the weights from their authors or, if you trust the file, save its state_dict separately and choose that file.</source>
            <translation>加载它可能会运行未知代码，因此没有读取。请从作者处获取权重；如果您信任该文件，请单独保存其 state_dict 并选择该文件。</translation>
        </message>
        <message>
            <source>Low light</source>
            <translation>低光</translation>
        </message>
        <message>
            <source>Marked regions such as faces were left out, because the photo was cropped.</source>
            <translation>照片经过裁剪，因此未保留人脸等标记区域。</translation>
        </message>
        <message>
            <source>Mask: {name} {value} is out of range; it must be a number from {low} to {high}.</source>
            <translation>蒙版：{name} {value} 超出范围；必须是 {low} 到 {high} 之间的数字。</translation>
        </message>
        <message>
            <source>Metadata cannot be {name}. Choose one of: {known}.</source>
            <translation>元数据不能为 {name}。请选择其一：{known}。</translation>
        </message>
        <message>
            <source>Models of other families are read by spandrel, which is not installed. Install it with "pip install spandrel spandrel_extra_arches" (or the extra: dfpir-studio[spandrel]) and start again.</source>
            <translation>其他类型的模型由 spandrel 读取，但它尚未安装。请运行“pip install spandrel spandrel_extra_arches”（或安装扩展 dfpir-studio[spandrel]）后重新启动。</translation>
        </message>
        <message>
            <source>More noise than before</source>
            <translation>噪点比原来更多</translation>
        </message>
        <message>
            <source>Motion blur</source>
            <translation>运动模糊</translation>
        </message>
        <message>
            <source>No network can be built from its configuration: {reason}.</source>
            <translation>无法按其配置构建网络：{reason}。</translation>
        </message>
        <message>
            <source>No scheduler answers at {address}: {reason}. Start one with dask-scheduler.</source>
            <translation>{address} 没有调度器应答：{reason}。请用 dask-scheduler 启动一个。</translation>
        </message>
        <message>
            <source>No space left on device</source>
            <translation>设备上没有剩余空间</translation>
        </message>
        <message>
            <source>No step was given. Name at least one degradation to remove.</source>
            <translation>没有给出步骤。请至少指定一种要去除的退化。</translation>
        </message>
        <message>
            <source>No such file or directory</source>
            <translation>没有该文件或目录</translation>
        </message>
        <message>
            <source>Noise</source>
            <translation>噪点</translation>
        </message>
        <message>
            <source>Noise (σ {sigma})</source>
            <translation>噪点（σ {sigma}）</translation>
        </message>
        <message>
            <source>Not a directory</source>
            <translation>不是目录</translation>
        </message>
        <message>
            <source>Not a model file. Choose a .safetensors, .pth or .pth.tar file of DFPIR.</source>
            <translation>不是模型文件。请选择 DFPIR 的 .safetensors、.pth 或 .pth.tar 文件。</translation>
        </message>
        <message>
            <source>Not a safetensors file, or incomplete ({reason}). {advice}</source>
            <translation>不是 safetensors 文件，或不完整（{reason}）。{advice}</translation>
        </message>
        <message>
            <source>Not a safetensors file, or incomplete. {advice}</source>
            <translation>不是 safetensors 文件，或不完整。{advice}</translation>
        </message>
        <message>
            <source>Numbers below 0 and above 1 (HDR) were clipped.</source>
            <translation>小于 0 和大于 1 的数值（HDR）已截去。</translation>
        </message>
        <message>
            <source>One dot per picture: its latent features, averaged over the picture, embedded by t-SNE and coloured by its degradation. Silhouette scores range from −1 to +1 (compact, separate clusters). In the middle each picture has the prompt of its own degradation, and the prompt alone separates pictures: two degradations may be apart there although the photos do not differ. In the control, all with the prompt {prompt}, only differences of the photos remain; these may be scenes and cameras if each degradation comes from another collection. Distances between clusters in t-SNE mean little.</source>
            <translation>每张图片一个点：其潜在特征在整张图片上取平均，由 t-SNE 嵌入，按图片的退化着色。轮廓系数从 −1 到 +1（紧凑且分开的聚类）。中间一幅里每张图片使用自身退化的提示，而提示本身就会把图片分开：即使照片没有差别，两类退化也可能在那里分开。对照组全部使用提示 {prompt}，只剩下照片之间的差别；如果各类退化来自不同的图集，那也可能只是场景和相机的差别。t-SNE 中聚类之间的距离没有多少意义。</translation>
        </message>
        <message>
            <source>One line per channel, coloured by its number, from its position under the first prompt to that under the second. Horizontal lines are channels that keep their position; crossing lines everywhere mean unrelated orders (τ near 0). It does not show the content of the channels.</source>
            <translation>每个通道一条线，按编号着色，从第一个提示下的位置连到第二个提示下的位置。水平线表示位置不变的通道；处处交错表示两种次序无关（τ 接近 0）。它不说明通道的内容。</translation>
        </message>
        <message>
            <source>Only the first of {count} images in the file was read; the others were left out.</source>
            <translation>文件中有 {count} 张图片，只读取了第一张，其余已略去。</translation>
        </message>
        <message>
            <source>Only the first of {count} pages or frames was read.</source>
            <translation>共有 {count} 页（帧），只读取了第一页。</translation>
        </message>
        <message>
            <source>Only the main one of {count} images was read.</source>
            <translation>共有 {count} 张图片，只读取了主图。</translation>
        </message>
        <message>
            <source>OpenAI's weights need an architecture with QuickGELU, and open_clip's {model} has none: its embeddings would differ from those the model was trained with. Use {other}.</source>
            <translation>OpenAI 的权重需要带 QuickGELU 的结构，而 open_clip 的 {model} 没有：其嵌入会与模型训练时不同。请使用 {other}。</translation>
        </message>
        <message>
            <source>Order, {first} → {second}: {block}, Kendall τ {kendall}, Spearman ρ {spearman}</source>
            <translation>次序，{first} → {second}：{block}，Kendall τ {kendall}，Spearman ρ {spearman}</translation>
        </message>
        <message>
            <source>Other machines are reached through Dask, which is not installed. Install it with {command}.</source>
            <translation>其他机器通过 Dask 连接，但它尚未安装。请运行 {command} 安装。</translation>
        </message>
        <message>
            <source>PNG chunks of other programs were left out: {names}.</source>
            <translation>已略去其他程序的 PNG 数据块：{names}。</translation>
        </message>
        <message>
            <source>Permission denied</source>
            <translation>权限不足</translation>
        </message>
        <message>
            <source>Photographs are read and written with libvips, which cannot be loaded. Install it with "pip install pyvips pyvips-binary" and start again. ({reason})</source>
            <translation>照片由 libvips 读写，但它无法加载。请运行“pip install pyvips pyvips-binary”安装后重新启动。（{reason}）</translation>
        </message>
        <message>
            <source>Photos cannot be saved in the format "{word}". Use one of: {known}.</source>
            <translation>无法以“{word}”格式保存照片。请使用以下之一：{known}。</translation>
        </message>
        <message>
            <source>Photoshop's paths and copyright data were left out: {format} files cannot hold them.</source>
            <translation>Photoshop 的路径和版权信息已略去：{format} 文件无法保存它们。</translation>
        </message>
        <message>
            <source>Private data that another program has stored in this photo will not be in the result (image resources {names}). The picture, its EXIF, IPTC and XMP are not affected.</source>
            <translation>其他程序存储在此照片中的私有数据不会包含在结果中（图像资源 {names}）。图像及其 EXIF、IPTC 和 XMP 不受影响。</translation>
        </message>
        <message>
            <source>Q: after DGCPM</source>
            <translation>Q：DGCPM 之后</translation>
        </message>
        <message>
            <source>Quality {value} is out of range. Choose 1 to 100.</source>
            <translation>质量 {value} 超出范围。请选择 1 到 100。</translation>
        </message>
        <message>
            <source>Rain</source>
            <translation>雨</translation>
        </message>
        <message>
            <source>Rank correlation of the channels' positions under two prompts: +1 for equal orders, 0 for unrelated, −1 for reversed ones. It compares orders only. Any two random orders give a value near 0, so it does not show that the model distinguishes degradations by their meaning.</source>
            <translation>两个提示下通道位置的秩相关：+1 表示次序相同，0 表示无关，−1 表示相反。它只比较次序。任意两种随机次序也会得到接近 0 的值，因此不说明模型能按含义区分退化。</translation>
        </message>
        <message>
            <source>Read-only file system</source>
            <translation>只读文件系统</translation>
        </message>
        <message>
            <source>Required tensors are missing: {names}. Choose a complete checkpoint.</source>
            <translation>缺少必需的张量：{names}。请选择完整的检查点。</translation>
        </message>
        <message>
            <source>Result of the unchanged model</source>
            <translation>未改动模型的结果</translation>
        </message>
        <message>
            <source>Results have 8 or 16 bits per channel, not {bits}.</source>
            <translation>结果为每通道 8 或 16 位，不是 {bits}。</translation>
        </message>
        <message>
            <source>Rows and columns are channels, not places in the photo. 0: never dropped, 1: always dropped; if entries were dropped at random, every rate would be near {expected:.2f}. {share:.0%} of the entries are the same for all photos. It shows how much the mask depends on the model and how much on the photo; with few photos the rates are coarse.</source>
            <translation>行和列是通道，不是照片中的位置。0：从不丢弃，1：总是丢弃；如果随机丢弃，每个比率都会接近 {expected:.2f}。{share:.0%} 的元素在所有照片中一致。它显示掩码在多大程度上取决于模型、在多大程度上取决于照片；照片少时比率粗略。</translation>
        </message>
        <message>
            <source>Rows and columns are channels, not places in the photo. Red: larger in “{second}”; blue: larger in “{first}”. In the middle, the entries kept by only one of them ({share:.1%} of all). It shows how much the attention differs; it does not show whether that improves the result.</source>
            <translation>行和列是通道，不是照片中的位置。红色：“{second}”中更大；蓝色：“{first}”中更大。中间是仅被其中之一保留的元素（占 {share:.1%}）。它显示注意力的差别有多大，但不说明是否改善结果。</translation>
        </message>
        <message>
            <source>Rows and columns are channels, not places in the photo: row = query channel, column = key channel, {size} per head. Of each row the {count} largest logits are kept; {effect}. It shows which channels are mixed; it does not show where in the photo, nor whether this improves the result.</source>
            <translation>行和列是通道，不是照片中的位置：行为查询通道，列为键通道，每个头 {size}。每行保留最大的 {count} 个 logits；{effect}。它显示哪些通道互相混合，但不说明在照片何处，也不说明是否改善结果。</translation>
        </message>
        <message>
            <source>Similarity of the orders: {block}</source>
            <translation>次序的相似度：{block}</translation>
        </message>
        <message>
            <source>Sky or other even areas have become dark</source>
            <translation>天空或其他平滑区域变暗</translation>
        </message>
        <message>
            <source>Step {name} is applied to the whole photo: its mask was made for another photo.</source>
            <translation>步骤 {name} 应用于整张照片：它的蒙版是为另一张照片制作的。</translation>
        </message>
        <message>
            <source>Step {name}: brush strokes and pictures of its mask were left out, since they belong to another photo.</source>
            <translation>步骤 {name}：其蒙版的画笔笔画和图片属于另一张照片，因此未使用。</translation>
        </message>
        <message>
            <source>Step {name}: its mask selects nothing in this photo, so the step changes nothing.</source>
            <translation>步骤{name}：其蒙版在此照片中未选中任何内容，因此此步骤不会改变任何内容。</translation>
        </message>
        <message>
            <source>Step {name}: no sky was found in this photo, so its mask is without one.</source>
            <translation>步骤{name}：在此照片中未找到天空，因此其蒙版中不含天空。</translation>
        </message>
        <message>
            <source>Step {name}: no sky was found in this photo, so the step applies everywhere. Use a gradient or the brush to keep the sky out.</source>
            <translation>步骤{name}：在此照片中未找到天空，因此此步骤应用于整张照片。请用渐变或画笔排除天空。</translation>
        </message>
        <message>
            <source>Step {name}: no sky was found in this photo, so the step changes nothing. Use a gradient or the brush instead.</source>
            <translation>步骤{name}：在此照片中未找到天空，因此此步骤不会改变任何内容。请改用渐变或画笔。</translation>
        </message>
        <message>
            <source>Step {step!r}: invalid strength {value!r}. Write a number from 0 to 1.</source>
            <translation>步骤 {step!r}：强度 {value!r} 无效。请写 0 到 1 的数。</translation>
        </message>
        <message>
            <source>Stopped at your request; nothing was changed.</source>
            <translation>已按您的要求停止；未作任何更改。</translation>
        </message>
        <message>
            <source>Strength {value!r} is out of range. Choose one from 0 to 1.</source>
            <translation>强度 {value!r} 超出范围。请选择 0 到 1。</translation>
        </message>
        <message>
            <source>Strength {value} is out of range. Choose a number from 0 to 1.</source>
            <translation>强度 {value} 超出范围。请选择 0 到 1 的数。</translation>
        </message>
        <message>
            <source>Strongest channels: {block}</source>
            <translation>最强的通道：{block}</translation>
        </message>
        <message>
            <source>TIFF fields of other programs were left out: {names}.</source>
            <translation>已略去其他程序的 TIFF 字段：{names}。</translation>
        </message>
        <message>
            <source>Texts were left out, because {format} files cannot hold them: {names}.</source>
            <translation>{format} 文件无法保存以下文本，已略去：{names}。</translation>
        </message>
        <message>
            <source>The GeoTIFF fields were left out, because the photo was made smaller.</source>
            <translation>由于照片被缩小，GeoTIFF 字段已省略。</translation>
        </message>
        <message>
            <source>The GeoTIFF fields were left out, because the photo was rotated or cropped.</source>
            <translation>照片经过旋转或裁剪，因此未保留 GeoTIFF 字段。</translation>
        </message>
        <message>
            <source>The GeoTIFF fields were left out, because the photo was turned upright.</source>
            <translation>照片已旋转到正向，GeoTIFF 字段已略去。</translation>
        </message>
        <message>
            <source>The GeoTIFF fields were left out: {format} files cannot hold them.</source>
            <translation>GeoTIFF 字段已略去：{format} 文件无法保存它们。</translation>
        </message>
        <message>
            <source>The HDR gain map was left out, because it can be preserved from JPEG to JPEG only.</source>
            <translation>HDR 增益图只能在 JPEG 之间保留，已略去。</translation>
        </message>
        <message>
            <source>The HDR gain map was left out, because the brightness of the photo has changed.</source>
            <translation>照片的亮度已改变，HDR 增益图已略去。</translation>
        </message>
        <message>
            <source>The HDR gain map was left out, because the photo was rotated or cropped.</source>
            <translation>照片经过旋转或裁剪，因此未保留 HDR 增益图。</translation>
        </message>
        <message>
            <source>The HDR gain map was left out, because the photo was turned upright.</source>
            <translation>照片已旋转到正向，HDR 增益图已略去。</translation>
        </message>
        <message>
            <source>The HDR gain map was left out: {format} files cannot hold it.</source>
            <translation>HDR 增益图已略去：{format} 文件无法保存它。</translation>
        </message>
        <message>
            <source>The IPTC data was left out: {format} files cannot hold it.</source>
            <translation>IPTC 数据已略去：{format} 文件无法保存它。</translation>
        </message>
        <message>
            <source>The PSNR of the unchanged model is {value:.2f} dB.</source>
            <translation>未改动模型的 PSNR 为 {value:.2f} dB。</translation>
        </message>
        <message>
            <source>The Photoshop layers were left out, because they show the photo before restoration.</source>
            <translation>Photoshop 图层显示的是修复前的照片，已略去。</translation>
        </message>
        <message>
            <source>The XMP block is damaged and was left out.</source>
            <translation>XMP 数据已损坏，已略去。</translation>
        </message>
        <message>
            <source>The XMP block was left out, because it is too long for a JPEG file.</source>
            <translation>XMP 数据对 JPEG 文件来说太长，已略去。</translation>
        </message>
        <message>
            <source>The camera information (EXIF) is damaged and was left out.</source>
            <translation>相机信息（EXIF）已损坏，已略去。</translation>
        </message>
        <message>
            <source>The camera information (EXIF) is too long for a JPEG file; left out: {what}.</source>
            <translation>相机信息（EXIF）对 JPEG 文件来说太长，已略去：{what}。</translation>
        </message>
        <message>
            <source>The channel order is determined by the prompt and the untrained guidance layers (DGM); as in the published training it is not learned.</source>
            <translation>通道次序由提示和未经训练的引导层（DGM）决定；与已发表的训练一样，它不是学到的。</translation>
        </message>
        <message>
            <source>The channels with the largest variation over the region (standard deviation in brackets) before and after the block; red: above the channel's mean, blue: below, each on its own scale. Equal numbers above and below are not the same channel, since the block mixes channels. It does not show which channels affect the result.</source>
            <translation>模块前后在区域内变化最大的通道（括号内为标准差）；红色：高于该通道均值，蓝色：低于均值，各有自己的刻度。上下编号相同并非同一通道，因为模块会混合通道。它不说明哪些通道影响结果。</translation>
        </message>
        <message>
            <source>The clean reference has {size} pixels, the photo {expected}. Use the clean picture of the same photo.</source>
            <translation>干净参考图为 {size} 像素，照片为 {expected}。请使用同一照片的干净图片。</translation>
        </message>
        <message>
            <source>The cluster at {address} has had no workers for {seconds:.0f} s. Start some with dask-worker, and start again.</source>
            <translation>位于 {address} 的集群已有 {seconds:.0f} 秒没有工作进程。请用 dask-worker 启动一些，然后重新开始。</translation>
        </message>
        <message>
            <source>The cluster at {address} has no workers. The batch waits another {seconds:.0f} s for some.</source>
            <translation>位于 {address} 的集群没有工作进程。批处理将再等待 {seconds:.0f} 秒。</translation>
        </message>
        <message>
            <source>The cluster at {address} has workers again.</source>
            <translation>位于 {address} 的集群又有工作进程了。</translation>
        </message>
        <message>
            <source>The colour profile does not fit this kind of image and was ignored.</source>
            <translation>颜色配置文件与这种图片不符，已忽略。</translation>
        </message>
        <message>
            <source>The colour profile is damaged and was ignored; standard colours are assumed.</source>
            <translation>颜色配置文件已损坏，已忽略；按标准颜色处理。</translation>
        </message>
        <message>
            <source>The colour profile is in another file and was ignored; standard colours are assumed.</source>
            <translation>颜色配置文件在另一个文件中，已忽略；按标准颜色处理。</translation>
        </message>
        <message>
            <source>The configuration asks for {blocks} Transformer blocks, but there are {count} tensors.</source>
            <translation>配置要求 {blocks} 个 Transformer 块，但只有 {count} 个张量。</translation>
        </message>
        <message>
            <source>The configuration's {field} asks for {count} channels, but the widest tensor has {most}.</source>
            <translation>配置中的 {field} 要求 {count} 个通道，但最宽的张量只有 {most} 个。</translation>
        </message>
        <message>
            <source>The crop was left out: it was made for a photo of another shape ({width} × {height} px).</source>
            <translation>已略去裁剪：它是为另一种长宽比的照片（{width} × {height} 像素）设置的。</translation>
        </message>
        <message>
            <source>The crop was left out: the recipe does not say how large its photo was.</source>
            <translation>已略去裁剪：配方没有说明其照片的尺寸。</translation>
        </message>
        <message>
            <source>The crop {crop} is invalid: it must have pixels inside the photo.</source>
            <translation>裁剪 {crop} 无效：必须包含照片内的像素。</translation>
        </message>
        <message>
            <source>The crop {crop} is not inside the photo, which has {width} × {height} pixels.</source>
            <translation>裁剪 {crop} 超出照片范围，照片为 {width} × {height} 像素。</translation>
        </message>
        <message>
            <source>The crop {crop} is outside the photo, which has {size} pixels. Give x,y,width,height within it.</source>
            <translation>裁剪 {crop} 在照片（{size} 像素）之外。请给出照片内的 x,y,宽,高。</translation>
        </message>
        <message>
            <source>The darkest lightness of a range must not be above the brightest.</source>
            <translation>范围的最暗亮度不得高于最亮亮度。</translation>
        </message>
        <message>
            <source>The depth map was left out, because no format that can be written can hold it.</source>
            <translation>可写入的格式都无法保存深度图，已略去。</translation>
        </message>
        <message>
            <source>The depth map was left out, because the photo was rotated or cropped.</source>
            <translation>照片经过旋转或裁剪，因此未保留深度图。</translation>
        </message>
        <message>
            <source>The depth map was left out, because the photo was turned upright.</source>
            <translation>照片已旋转到正向，深度图已略去。</translation>
        </message>
        <message>
            <source>The detector is not sure: {verdict} ({confidence:.0%}; the minimum is {threshold:.0%}).</source>
            <translation>检测器不确定：{verdict}（{confidence:.0%}；最低为 {threshold:.0%}）。</translation>
        </message>
        <message>
            <source>The disk is full; free some space, or choose another disk.</source>
            <translation>磁盘已满，请释放空间或换一个磁盘。</translation>
        </message>
        <message>
            <source>The disk is write-protected; choose another folder.</source>
            <translation>磁盘有写保护，请换一个文件夹。</translation>
        </message>
        <message>
            <source>The disk reports a fault; try another disk.</source>
            <translation>磁盘报告故障，请换一个磁盘。</translation>
        </message>
        <message>
            <source>The download from {address} is not the file that OpenAI published. Try again later.</source>
            <translation>从 {address} 得到的不是 OpenAI 发布的文件。请稍后重试。</translation>
        </message>
        <message>
            <source>The embedding of {prompt} has shape {shape}; expected one row of numbers.</source>
            <translation>{prompt} 的嵌入形状为 {shape}；应为一行数值。</translation>
        </message>
        <message>
            <source>The embedding of {prompt} has values that are not finite.</source>
            <translation>{prompt} 的嵌入含有非有限数值。</translation>
        </message>
        <message>
            <source>The embeddings of one prompt bank have different widths: {widths}.</source>
            <translation>同一提示库中的嵌入宽度不同：{widths}。</translation>
        </message>
        <message>
            <source>The ends of a gradient must be different points.</source>
            <translation>渐变的两端必须是不同的点。</translation>
        </message>
        <message>
            <source>The extra channel was left out: {format} files cannot hold it.</source>
            <translation>附加通道已略去：{format} 文件无法保存它。</translation>
        </message>
        <message>
            <source>The file contains more than plain weights (it requests {name}). {advice}</source>
            <translation>文件不只含有权重（它请求 {name}）。{advice}</translation>
        </message>
        <message>
            <source>The file contains more than plain weights. {advice}</source>
            <translation>文件不只含有权重。{advice}</translation>
        </message>
        <message>
            <source>The file describes its colours in an unsupported way (HDR or wide gamut); they are interpreted as sRGB.</source>
            <translation>文件以不支持的方式描述颜色（HDR 或广色域）；按 sRGB 处理。</translation>
        </message>
        <message>
            <source>The file has format {version}, which this program does not support. Update DFPIR Studio.</source>
            <translation>文件的格式为 {version}，本程序不支持。请更新 DFPIR Studio。</translation>
        </message>
        <message>
            <source>The file has several extra channels; the first was read as transparency, the others were not read.</source>
            <translation>文件有多个附加通道；第一个作为透明度，其余未读取。</translation>
        </message>
        <message>
            <source>The file is damaged: download or copy it again.</source>
            <translation>文件已损坏：请重新下载或复制。</translation>
        </message>
        <message>
            <source>The file is empty (0 bytes). Download or copy it again.</source>
            <translation>文件为空（0 字节）。请重新下载或复制。</translation>
        </message>
        <message>
            <source>The file is in {format} format, so the result is named {name}.</source>
            <translation>文件为 {format} 格式，因此结果命名为 {name}。</translation>
        </message>
        <message>
            <source>The file is incomplete or damaged: download or copy it again.</source>
            <translation>文件不完整或已损坏：请重新下载或复制。</translation>
        </message>
        <message>
            <source>The file is too large for this disk; choose another disk.</source>
            <translation>文件对此磁盘来说太大，请换一个磁盘。</translation>
        </message>
        <message>
            <source>The file name has no suffix that names a format. Use one of: {known}.</source>
            <translation>文件名没有表明格式的扩展名。请使用以下之一：{known}。</translation>
        </message>
        <message>
            <source>The folder {folder} does not exist. Create it, or choose another one.</source>
            <translation>文件夹 {folder} 不存在。请创建它，或另选一个。</translation>
        </message>
        <message>
            <source>The grey profile is of an unsupported kind and was ignored.</source>
            <translation>灰度配置文件的类型不受支持，已忽略。</translation>
        </message>
        <message>
            <source>The guidance layers (DGM) of this model were trained, so this order is learned.</source>
            <translation>此模型的引导层（DGM）经过训练，因此该次序是学到的。</translation>
        </message>
        <message>
            <source>The large preview in the file was left out, because it shows the photo before restoration.</source>
            <translation>文件中的大预览图显示的是修复前的照片，已略去。</translation>
        </message>
        <message>
            <source>The maker note of the camera was left out, because it cannot be moved without damage.</source>
            <translation>相机厂商注释无法无损移动，已略去。</translation>
        </message>
        <message>
            <source>The mask has a component of the unknown kind {kind}.</source>
            <translation>蒙版中有未知类型的组成部分 {kind}。</translation>
        </message>
        <message>
            <source>The mask is damaged: a part of it is not an object.</source>
            <translation>蒙版已损坏：其中一部分不是对象。</translation>
        </message>
        <message>
            <source>The mask is damaged: the entry "{name}" is not valid.</source>
            <translation>蒙版已损坏：条目“{name}”无效。</translation>
        </message>
        <message>
            <source>The mask picture has more than {count} pixels.</source>
            <translation>蒙版图片的像素超过 {count} 个。</translation>
        </message>
        <message>
            <source>The mask was made by a newer program. Install the newer program.</source>
            <translation>该蒙版由更新的程序制作。请安装更新的程序。</translation>
        </message>
        <message>
            <source>The mask {file} ({mask_width}×{mask_height} px) has another shape than the upright photo after rotation and crop ({width}×{height} px). Save the mask with these sides, or both reduced by one factor.</source>
            <translation>蒙版 {file}（{mask_width}×{mask_height} 像素）与摆正、旋转和裁剪后的照片（{width}×{height} 像素）长宽比不同。请以该照片的边长保存蒙版，或将两边按同一比例缩小。</translation>
        </message>
        <message>
            <source>The mask {file} cannot be used: {reason}</source>
            <translation>无法使用蒙版 {file}：{reason}</translation>
        </message>
        <message>
            <source>The mask {file} is in colour. Convert it to grey: white where the step applies, black elsewhere.</source>
            <translation>蒙版 {file} 是彩色的。请转换为灰度：步骤应用处为白色，其他位置为黑色。</translation>
        </message>
        <message>
            <source>The metadata was left out: {format} files cannot hold it.</source>
            <translation>元数据已略去：{format} 文件无法保存它。</translation>
        </message>
        <message>
            <source>The model card cannot be written as JSON: {reason}.</source>
            <translation>模型卡无法写成 JSON：{reason}。</translation>
        </message>
        <message>
            <source>The model {name!r} gives values that are not finite for this photo. Its weights are unsuitable; choose another model.</source>
            <translation>模型 {name!r} 对这张照片给出了非有限数值。其权重不适用，请选择其他模型。</translation>
        </message>
        <message>
            <source>The model {name!r} has no steps: it performs one fixed task.</source>
            <translation>模型 {name!r} 不接受步骤：它只做一件事。</translation>
        </message>
        <message>
            <source>The name is too long; choose a shorter one.</source>
            <translation>名称太长，请换一个短一些的。</translation>
        </message>
        <message>
            <source>The name of the preset is empty. Enter a name.</source>
            <translation>预设的名称为空。请输入名称。</translation>
        </message>
        <message>
            <source>The name of the preset is too long; the maximum is {limit} characters.</source>
            <translation>预设的名称过长；最多 {limit} 个字符。</translation>
        </message>
        <message>
            <source>The naming template {pattern} cannot be read: {reason}.</source>
            <translation>无法读取命名模板 {pattern}：{reason}。</translation>
        </message>
        <message>
            <source>The naming template {pattern} gives all photos one name. Add {field} or {counter}.</source>
            <translation>命名模板 {pattern} 会使所有照片同名。请加入 {field} 或 {counter}。</translation>
        </message>
        <message>
            <source>The naming template {pattern} gives names that are not valid on Windows. Choose others.</source>
            <translation>命名模板 {pattern} 产生的名称在 Windows 中无效。请另选名称。</translation>
        </message>
        <message>
            <source>The naming template {pattern} has an unknown field {field}. Known fields: {known}.</source>
            <translation>命名模板 {pattern} 含有未知字段 {field}。可用字段：{known}。</translation>
        </message>
        <message>
            <source>The naming template {pattern} points outside the target. Write a path inside it.</source>
            <translation>命名模板 {pattern} 指向目标文件夹之外。请写目标文件夹内的路径。</translation>
        </message>
        <message>
            <source>The order of another prompt is set, but no prompt was given.</source>
            <translation>要求使用另一提示的次序，但没有指定提示。</translation>
        </message>
        <message>
            <source>The photo cannot be made smaller: {reason}.</source>
            <translation>无法缩小照片：{reason}。</translation>
        </message>
        <message>
            <source>The photo contains floating-point numbers: 0 was read as black and 1 as white; it is saved with 16 bits.</source>
            <translation>照片中是浮点数：0 读作黑色，1 读作白色；保存为 16 位。</translation>
        </message>
        <message>
            <source>The photo is CMYK; it is saved as sRGB colour, which a print shop converts again.</source>
            <translation>照片为 CMYK 模式；将以 sRGB 颜色保存，印刷厂会重新分色。</translation>
        </message>
        <message>
            <source>The photo is in CIELAB; it is saved as sRGB colour.</source>
            <translation>照片采用 CIELAB；将以 sRGB 颜色保存。</translation>
        </message>
        <message>
            <source>The picture in the mask is damaged or not grey.</source>
            <translation>蒙版中的图片已损坏或不是灰度。</translation>
        </message>
        <message>
            <source>The preview cannot be made ({reason}). Save the photo without a preview.</source>
            <translation>无法生成预览图（{reason}）。请不带预览图保存照片。</translation>
        </message>
        <message>
            <source>The preview was left out, because the EXIF of a JPEG file has no space left for it.</source>
            <translation>预览图已略去，因为 JPEG 文件的 EXIF 中没有空间存放它。</translation>
        </message>
        <message>
            <source>The preview was left out, because the camera information (EXIF) is damaged.</source>
            <translation>预览图已略去，因为相机信息（EXIF）已损坏。</translation>
        </message>
        <message>
            <source>The preview was left out: {format} files cannot hold it.</source>
            <translation>预览图已略去：{format} 文件无法保存它。</translation>
        </message>
        <message>
            <source>The prompt bank is too long: at most {count} prompts of at most {characters} characters.</source>
            <translation>提示词库太长：最多 {count} 个提示词，每个最多 {characters} 个字符。</translation>
        </message>
        <message>
            <source>The prompt bank names a prompt twice.</source>
            <translation>提示库中有重复的提示名称。</translation>
        </message>
        <message>
            <source>The prompt bank names {count} prompts, but its embeddings have shape {shape}.</source>
            <translation>提示库列出 {count} 个提示，但其嵌入的形状为 {shape}。</translation>
        </message>
        <message>
            <source>The prompt bank's list of names is damaged.</source>
            <translation>提示库的名称列表已损坏。</translation>
        </message>
        <message>
            <source>The prompt embeddings have {count} numbers, but the network takes {expected}. Use weights and prompts of the same model.</source>
            <translation>提示嵌入有 {count} 个数值，而网络需要 {expected} 个。请使用同一模型的权重和提示。</translation>
        </message>
        <message>
            <source>The result may be worse than the photo, so it was not written: {warnings}</source>
            <translation>结果可能不如原照片，因此未写入：{warnings}</translation>
        </message>
        <message>
            <source>The scheduler at {address} has no workers. Start some with dask-worker {address}.</source>
            <translation>{address} 的调度器没有工作进程。请用 dask-worker {address} 启动一些。</translation>
        </message>
        <message>
            <source>The scheduler at {address} no longer answers: it was stopped, or the network is down. Start it with dask-scheduler, and start again.</source>
            <translation>位于 {address} 的调度器不再响应：它已结束，或网络中断。请用 dask-scheduler 启动它，然后重新开始。</translation>
        </message>
        <message>
            <source>The seed {value} is negative. Choose 0 or more.</source>
            <translation>种子 {value} 为负数。请选择 0 或更大的值。</translation>
        </message>
        <message>
            <source>The shapes of its tensors are not those of a DFPIR: {reason}. Choose a DFPIR checkpoint.</source>
            <translation>其张量的形状与 DFPIR 不符：{reason}。请选择 DFPIR 检查点。</translation>
        </message>
        <message>
            <source>The sidecar could not be copied: {reason}.</source>
            <translation>无法复制附属文件：{reason}。</translation>
        </message>
        <message>
            <source>The sidecar {file} could not be read and was not copied: {reason}.</source>
            <translation>无法读取附属文件 {file}，未复制：{reason}。</translation>
        </message>
        <message>
            <source>The sidecar {file} is too large and was not copied.</source>
            <translation>附属文件 {file} 过大，未复制。</translation>
        </message>
        <message>
            <source>The simple 3-task checkpoint has no prompt for {name}.</source>
            <translation>简单的三任务检查点没有 {name} 的提示。</translation>
        </message>
        <message>
            <source>The size {text} cannot be read. Write 2048px for the longer side, 50%, or 12mp for megapixels.</source>
            <translation>无法识别尺寸 {text}。请写 2048px（长边）、50% 或 12mp（百万像素）。</translation>
        </message>
        <message>
            <source>The strokes of a brush have more than {count} points.</source>
            <translation>一支画笔的笔画的点数超过 {count}。</translation>
        </message>
        <message>
            <source>The tensor {name} has the type {dtype} instead of a floating-point type.</source>
            <translation>张量 {name} 的类型为 {dtype}，而不是浮点类型。</translation>
        </message>
        <message>
            <source>The tensor {name} has values that are not finite: the training of this model has diverged. Use another checkpoint of it.</source>
            <translation>张量 {name} 含有非有限数值：此模型的训练已发散。请使用它的其他检查点。</translation>
        </message>
        <message>
            <source>The tensor {name} has values that are not finite; the training has diverged.</source>
            <translation>张量 {name} 含有非有限数值；训练已发散。</translation>
        </message>
        <message>
            <source>The tensor {name} has values up to {largest:.3g}, too large for {dtype}. Save with float32 instead.</source>
            <translation>张量 {name} 的数值最大为 {largest:.3g}，超出 {dtype} 的范围。请改用 float32 保存。</translation>
        </message>
        <message>
            <source>The text encoder (open_clip's {model}) could not be loaded: {reason}. With a network connection it is downloaded automatically.</source>
            <translation>无法加载文本编码器（open_clip 的 {model}）：{reason}。联网时会自动下载。</translation>
        </message>
        <message>
            <source>The text encoder (open_clip's {model}) could not be loaded: {reason}. With a network connection it is downloaded automatically. Or download {file} from {address} and put it into {folder}.</source>
            <translation>无法加载文本编码器（open_clip 的 {model}）：{reason}。联网时会自动下载；也可以从 {address} 下载 {file} 并放入 {folder}。</translation>
        </message>
        <message>
            <source>The text encoder's weight file {file} does not fit open_clip's {model}: {reason}. Delete it and download it again.</source>
            <translation>文本编码器的权重文件 {file} 与 open_clip 的 {model} 不符：{reason}。请删除并重新下载。</translation>
        </message>
        <message>
            <source>The text encoder's weights are not on this computer. Preparing a model's prompts downloads them.</source>
            <translation>本机上没有文本编码器的权重。准备模型的提示时会下载它们。</translation>
        </message>
        <message>
            <source>The threshold {value} is out of range. Choose a number from 0 to 1.</source>
            <translation>阈值 {value} 超出范围。请选择 0 到 1 的数。</translation>
        </message>
        <message>
            <source>The time limit of the photo is over.</source>
            <translation>这张照片的时限已到。</translation>
        </message>
        <message>
            <source>The times of the file could not be kept: {reason}.</source>
            <translation>无法保留文件的时间：{reason}。</translation>
        </message>
        <message>
            <source>The video of the motion photo was left out: {format} files cannot hold it.</source>
            <translation>动态照片的视频已略去：{format} 文件无法保存它。</translation>
        </message>
        <message>
            <source>The weights do not fit the network: {faults}. Use a complete checkpoint of one model.</source>
            <translation>权重与网络不符：{faults}。请使用同一模型的完整检查点。</translation>
        </message>
        <message>
            <source>The weights of the text encoder (open_clip's {model}) are not on this computer. Allow the download, or name a file with these weights.</source>
            <translation>文本编码器（open_clip 的 {model}）的权重不在本机上。请允许下载，或指定一个包含这些权重的文件。</translation>
        </message>
        <message>
            <source>There are no photos in {folder}. Name a folder with JPEG, PNG, TIFF or WebP files.</source>
            <translation>{folder} 中没有照片。请选择含有 JPEG、PNG、TIFF 或 WebP 文件的文件夹。</translation>
        </message>
        <message>
            <source>There is a preset {name} already. Choose another name.</source>
            <translation>已有预设 {name}。请选择其他名称。</translation>
        </message>
        <message>
            <source>There is no collision rule {name}. Choose one of: {known}.</source>
            <translation>没有重名规则 {name}。请选择以下之一：{known}。</translation>
        </message>
        <message>
            <source>There is no colour space {name}. Choose one of: {known}.</source>
            <translation>没有色彩空间 {name}。请选择其一：{known}。</translation>
        </message>
        <message>
            <source>There is no degradation called {name!r}. Choose one of: {known}.</source>
            <translation>没有名为 {name!r} 的退化。请选择以下之一：{known}。</translation>
        </message>
        <message>
            <source>There is no device called {name!r}. Choose auto, cpu, cuda, cuda:N or mps.</source>
            <translation>没有名为 {name!r} 的设备。请选择 auto、cpu、cuda、cuda:N 或 mps。</translation>
        </message>
        <message>
            <source>There is no file {file}. Check the name, or download the model again.</source>
            <translation>文件 {file} 不存在。请检查名称，或重新下载模型。</translation>
        </message>
        <message>
            <source>There is no model {name}. Name a checkpoint file or a built-in model ({names}).</source>
            <translation>没有模型 {name}。请指定检查点文件或内置模型（{names}）。</translation>
        </message>
        <message>
            <source>There is no precision {name!r}. Choose auto, {known}.</source>
            <translation>没有精度 {name!r}。请选择 auto、{known}。</translation>
        </message>
        <message>
            <source>There is no preset {name}.</source>
            <translation>没有预设 {name}。</translation>
        </message>
        <message>
            <source>There is no preset {name}. Stored are: {known}.</source>
            <translation>没有预设 {name}。已存储的有：{known}。</translation>
        </message>
        <message>
            <source>There is no preset {name}: none is stored.</source>
            <translation>没有预设 {name}：尚未存储任何预设。</translation>
        </message>
        <message>
            <source>There is no quality mode {name!r}. Choose standard or best.</source>
            <translation>没有质量模式 {name!r}。请选择 standard 或 best。</translation>
        </message>
        <message>
            <source>There is no quality mode {name}. Choose one of: {modes}.</source>
            <translation>没有质量模式 {name}。请选择以下之一：{modes}。</translation>
        </message>
        <message>
            <source>There is no weight file {file} for the text encoder.</source>
            <translation>没有文本编码器的权重文件 {file}。</translation>
        </message>
        <message>
            <source>There is not enough memory for {file}. Close other programs, or make the photo smaller.</source>
            <translation>内存不足，无法处理 {file}。请关闭其他程序，或缩小照片。</translation>
        </message>
        <message>
            <source>There is not enough memory on {device} for {name}, even in tiles of {side} pixels. Close other programs, or choose another device.</source>
            <translation>{device} 上的内存不足以运行 {name}，即使分成 {side} 像素的图块也不够。请关闭其他程序，或换一个设备。</translation>
        </message>
        <message>
            <source>There is not enough memory on {device} for {name}, which needs the photo as a whole. Close other programs, or choose another device.</source>
            <translation>{device} 上的内存不足以运行 {name}，它需要整张照片。请关闭其他程序，或换一个设备。</translation>
        </message>
        <message>
            <source>There is not enough memory on {device}: at least about {needed} are needed. Close other programs, or choose another device or a smaller model.</source>
            <translation>{device} 上的内存不足：至少约需 {needed}。请关闭其他程序，或选择其他设备或更小的模型。</translation>
        </message>
        <message>
            <source>There is not enough memory to open {file}. Close some programs, or make it smaller.</source>
            <translation>内存不足，无法打开 {file}。请关闭一些程序，或缩小照片。</translation>
        </message>
        <message>
            <source>There is not enough memory to read {file}. Close some programs, or check that it is a model.</source>
            <translation>内存不足，无法读取 {file}。请关闭一些程序，或检查它是否为模型。</translation>
        </message>
        <message>
            <source>There is not enough memory to save {file}. Close some programs and try again.</source>
            <translation>内存不足，无法保存 {file}。请关闭一些程序后重试。</translation>
        </message>
        <message>
            <source>These weights belong to another network: {unknown} of the {count} tensors are not those of DFPIR ({names}). Choose a DFPIR checkpoint.</source>
            <translation>这些权重属于另一种网络：{count} 个张量中有 {unknown} 个不属于 DFPIR（{names}）。请选择 DFPIR 检查点。</translation>
        </message>
        <message>
            <source>This disk does not accept the name; choose another one.</source>
            <translation>此磁盘不接受该名称，请换一个。</translation>
        </message>
        <message>
            <source>This model does not reorder its channels, whatever the prompt.</source>
            <translation>无论提示如何，此模型都不重排通道。</translation>
        </message>
        <message>
            <source>This model has no block {name}. Its blocks: {names}.</source>
            <translation>此模型没有块 {name}。它的块有：{names}。</translation>
        </message>
        <message>
            <source>This model has no embedding for the prompt, and open_clip, which would make one, is not installed. Run: pip install open_clip_torch</source>
            <translation>此模型不含该提示的嵌入，而生成它所需的 open_clip 尚未安装。请运行：pip install open_clip_torch</translation>
        </message>
        <message>
            <source>This model has no embedding for {prompt}. Its prompt bank is empty.</source>
            <translation>此模型没有 {prompt} 的嵌入。它的提示库是空的。</translation>
        </message>
        <message>
            <source>This model has no embedding for {prompt}. Its prompts: {names}.</source>
            <translation>此模型没有 {prompt} 的嵌入。它的提示有：{names}。</translation>
        </message>
        <message>
            <source>This model uses one random channel order for all prompts. It is not learned.</source>
            <translation>此模型对所有提示使用同一随机通道次序。它不是学到的。</translation>
        </message>
        <message>
            <source>This model was built without DGPBs and has no block {name}.</source>
            <translation>此模型没有 DGPB，因此没有块 {name}。</translation>
        </message>
        <message>
            <source>This model was built without DGPBs, so there is nothing to compare.</source>
            <translation>此模型没有 DGPB，因此没有可比较的内容。</translation>
        </message>
        <message>
            <source>This model was trained with {encoder}, so no text encoder can add {prompts}. Choose one of its prompts: {names}.</source>
            <translation>此模型使用 {encoder} 训练，文本编码器无法添加 {prompts}。请选择它认识的提示：{names}。</translation>
        </message>
        <message>
            <source>This model was trained without a text encoder: its prompts are fixed codes, and no others can be added.</source>
            <translation>此模型训练时没有使用文本编码器：其提示是固定编码，无法生成其他提示。</translation>
        </message>
        <message>
            <source>This model's prompts need the text encoder CLIP ({file}), which is not on this computer yet. Allow the download, or put the file into {folder}.</source>
            <translation>此模型的提示需要文本编码器 CLIP（{file}），但本机上还没有。请允许下载，或将文件放入 {folder}。</translation>
        </message>
        <message>
            <source>This model's prompts were made by {encoder}, which is not available.</source>
            <translation>此模型的提示由 {encoder} 生成，而它目前不可用。</translation>
        </message>
        <message>
            <source>This photo cannot be restored within {limit} of memory: at least about {needed} are needed. Raise the limit, or choose a smaller model or photo.</source>
            <translation>无法在 {limit} 内存内修复这张照片：至少约需 {needed}。请提高上限，或选择更小的模型或照片。</translation>
        </message>
        <message>
            <source>Tiles of {side} pixels are too small. Choose at least {least}.</source>
            <translation>{side} 像素的图块太小。请至少选择 {least}。</translation>
        </message>
        <message>
            <source>Too many files are open; close some programs and try again.</source>
            <translation>打开的文件过多，请关闭一些程序后重试。</translation>
        </message>
        <message>
            <source>Transparent parts were filled with white: {format} files have no transparency.</source>
            <translation>透明部分已填充为白色：{format} 文件不支持透明。</translation>
        </message>
        <message>
            <source>Try again, or choose another folder.</source>
            <translation>请重试，或换一个文件夹。</translation>
        </message>
        <message>
            <source>Unnatural skin colours</source>
            <translation>肤色不自然</translation>
        </message>
        <message>
            <source>With its order fixed, DGCPM is one linear map in every pixel: Q = matrix · F_n + bias. The distance is |A − B| divided by the mean norm of the matrices: 0 for equal maps, 1.41 for unrelated ones. It shows how differently two prompts mix channels; it does not show which of them the photo needs.</source>
            <translation>次序固定时，DGCPM 在每个像素上是一个线性映射：Q = 矩阵 · F_n + 偏置。距离为 |A − B| 除以矩阵的平均范数：映射相同为 0，无关为 1.41。它显示两个提示混合通道的差别，但不说明照片需要哪一个。</translation>
        </message>
        <message>
            <source>Without a clean reference it is unknown whether a change is an improvement.</source>
            <translation>没有干净参考图时，无法说明变化是否有改善。</translation>
        </message>
        <message>
            <source>You are not allowed to; check the permissions, or choose another folder.</source>
            <translation>没有权限，请检查权限或换一个文件夹。</translation>
        </message>
        <message>
            <source>Your space on this disk is used up; free some, or choose another disk.</source>
            <translation>您在此磁盘上的配额已用完，请释放空间或换一个磁盘。</translation>
        </message>
        <message>
            <source>a GIF animation</source>
            <translation>GIF 动画</translation>
        </message>
        <message>
            <source>a HEIC image</source>
            <translation>HEIC 图片</translation>
        </message>
        <message>
            <source>a JPEG 2000 image</source>
            <translation>JPEG 2000 图片</translation>
        </message>
        <message>
            <source>a JPEG XL image</source>
            <translation>JPEG XL 图片</translation>
        </message>
        <message>
            <source>a PDF document</source>
            <translation>PDF 文档</translation>
        </message>
        <message>
            <source>a Photoshop document</source>
            <translation>Photoshop 文档</translation>
        </message>
        <message>
            <source>a camera raw file</source>
            <translation>相机 RAW 文件</translation>
        </message>
        <message>
            <source>a list</source>
            <translation>列表</translation>
        </message>
        <message>
            <source>a picture in {format} format</source>
            <translation>{format} 格式的图片</translation>
        </message>
        <message>
            <source>a video</source>
            <translation>视频</translation>
        </message>
        <message>
            <source>after it, all with one prompt</source>
            <translation>之后，全用同一提示</translation>
        </message>
        <message>
            <source>after it, each with its own prompt</source>
            <translation>之后，各用自己的提示</translation>
        </message>
        <message>
            <source>an OpenEXR image</source>
            <translation>OpenEXR 图片</translation>
        </message>
        <message>
            <source>an object</source>
            <translation>对象</translation>
        </message>
        <message>
            <source>angle</source>
            <translation>角度</translation>
        </message>
        <message>
            <source>before the DGPB</source>
            <translation>DGPB 之前</translation>
        </message>
        <message>
            <source>better leave the photo as it is</source>
            <translation>最好保留原照片</translation>
        </message>
        <message>
            <source>blur</source>
            <translation>运动模糊</translation>
        </message>
        <message>
            <source>brightest lightness</source>
            <translation>最亮亮度</translation>
        </message>
        <message>
            <source>brush size</source>
            <translation>画笔大小</translation>
        </message>
        <message>
            <source>channel of a picked colour</source>
            <translation>所选颜色的通道</translation>
        </message>
        <message>
            <source>clean</source>
            <translation>干净</translation>
        </message>
        <message>
            <source>compressed by {codec}</source>
            <translation>以 {codec} 压缩</translation>
        </message>
        <message>
            <source>crop {size} at {position}, at full size</source>
            <translation>裁剪 {size}，位于 {position}，原尺寸</translation>
        </message>
        <message>
            <source>crop {size} at {position}, reduced to {reduced}</source>
            <translation>裁剪 {size}，位于 {position}，缩小到 {reduced}</translation>
        </message>
        <message>
            <source>darkest lightness</source>
            <translation>最暗亮度</translation>
        </message>
        <message>
            <source>everything else</source>
            <translation>其余全部</translation>
        </message>
        <message>
            <source>feather</source>
            <translation>羽化</translation>
        </message>
        <message>
            <source>field {tag}</source>
            <translation>字段 {tag}</translation>
        </message>
        <message>
            <source>folder {folder}, model {model}</source>
            <translation>文件夹：{folder}，模型：{model}</translation>
        </message>
        <message>
            <source>half precision suits GPUs</source>
            <translation>半精度适合 GPU</translation>
        </message>
        <message>
            <source>hardness</source>
            <translation>硬度</translation>
        </message>
        <message>
            <source>haze</source>
            <translation>雾霾</translation>
        </message>
        <message>
            <source>in CIELAB colours</source>
            <translation>采用 CIELAB 颜色</translation>
        </message>
        <message>
            <source>it is a pipe or a device and not a file</source>
            <translation>它是管道或设备，而不是文件</translation>
        </message>
        <message>
            <source>its names are not valid text</source>
            <translation>其中的名称不是有效文本</translation>
        </message>
        <message>
            <source>its network would be much larger than the file</source>
            <translation>其网络会比文件大得多</translation>
        </message>
        <message>
            <source>its tables are not those of a batch</source>
            <translation>其中的表不是批处理的表</translation>
        </message>
        <message>
            <source>its write-ahead log is damaged</source>
            <translation>其预写日志已损坏</translation>
        </message>
        <message>
            <source>latent</source>
            <translation>潜在层</translation>
        </message>
        <message>
            <source>level {number}</source>
            <translation>第 {number} 级</translation>
        </message>
        <message>
            <source>low light</source>
            <translation>低光</translation>
        </message>
        <message>
            <source>mask off</source>
            <translation>掩码关闭</translation>
        </message>
        <message>
            <source>model {model}</source>
            <translation>模型：{model}</translation>
        </message>
        <message>
            <source>no degradation was found</source>
            <translation>未发现退化</translation>
        </message>
        <message>
            <source>no reason given</source>
            <translation>未说明原因</translation>
        </message>
        <message>
            <source>noise</source>
            <translation>噪点</translation>
        </message>
        <message>
            <source>noise (σ {sigma:.0f})</source>
            <translation>噪点（σ {sigma:.0f}）</translation>
        </message>
        <message>
            <source>noise σ {sigma:g}</source>
            <translation>噪点 σ {sigma:g}</translation>
        </message>
        <message>
            <source>none</source>
            <translation>无</translation>
        </message>
        <message>
            <source>not defined</source>
            <translation>未定义</translation>
        </message>
        <message>
            <source>of a rare kind</source>
            <translation>罕见类型</translation>
        </message>
        <message>
            <source>order identity</source>
            <translation>恒等次序</translation>
        </message>
        <message>
            <source>order of {prompt}</source>
            <translation>{prompt} 的次序</translation>
        </message>
        <message>
            <source>order random (seed {seed})</source>
            <translation>随机次序（种子 {seed}）</translation>
        </message>
        <message>
            <source>platformdirs is not installed, so there is no folder for the text encoder's files. Run: pip install platformdirs</source>
            <translation>platformdirs 尚未安装，因此没有存放文本编码器文件的文件夹。请运行：pip install platformdirs</translation>
        </message>
        <message>
            <source>position</source>
            <translation>位置</translation>
        </message>
        <message>
            <source>quarter turns</source>
            <translation>四分之一圈的次数</translation>
        </message>
        <message>
            <source>radius</source>
            <translation>半径</translation>
        </message>
        <message>
            <source>rain</source>
            <translation>雨</translation>
        </message>
        <message>
            <source>sensitivity</source>
            <translation>灵敏度</translation>
        </message>
        <message>
            <source>softness</source>
            <translation>柔和度</translation>
        </message>
        <message>
            <source>step {number}</source>
            <translation>第 {number} 步</translation>
        </message>
        <message>
            <source>stored with {bits} bits per channel</source>
            <translation>每通道 {bits} 位</translation>
        </message>
        <message>
            <source>t-SNE stopped, probably out of memory. Use fewer pictures.</source>
            <translation>t-SNE 已中止，可能是内存不足。请减少图片数量。</translation>
        </message>
        <message>
            <source>text</source>
            <translation>文本</translation>
        </message>
        <message>
            <source>the checksum of a row does not match</source>
            <translation>其中一行与校验和不符</translation>
        </message>
        <message>
            <source>the checksum of an entry does not match</source>
            <translation>其中一个条目与校验和不符</translation>
        </message>
        <message>
            <source>the description</source>
            <translation>说明</translation>
        </message>
        <message>
            <source>the logits of the others become 0, which still gives them some weight</source>
            <translation>其余 logits 变为 0，但仍有一些权重</translation>
        </message>
        <message>
            <source>the maker note</source>
            <translation>厂商注释</translation>
        </message>
        <message>
            <source>the model has no prompt for {name}</source>
            <translation>模型没有 {name} 的提示</translation>
        </message>
        <message>
            <source>the others have no weight, and each row still sums to 1</source>
            <translation>其余权重为零，每行之和仍为 1</translation>
        </message>
        <message>
            <source>the recipe</source>
            <translation>配方</translation>
        </message>
        <message>
            <source>the user comment</source>
            <translation>用户备注</translation>
        </message>
        <message>
            <source>the weights of the others become 0, and rows sum to less than 1</source>
            <translation>其余权重变为 0，每行之和小于 1</translation>
        </message>
        <message>
            <source>this processor computes in bfloat16</source>
            <translation>此处理器支持 bfloat16 计算</translation>
        </message>
        <message>
            <source>this processor has no instructions for bfloat16</source>
            <translation>此处理器没有 bfloat16 指令</translation>
        </message>
        <message>
            <source>tolerance</source>
            <translation>容差</translation>
        </message>
        <message>
            <source>try {name} instead</source>
            <translation>试试“{name}”</translation>
        </message>
        <message>
            <source>try {percent:.0f} %</source>
            <translation>试试 {percent:.0f} %</translation>
        </message>
        <message>
            <source>try {percent:.0f} % of the strength of all steps</source>
            <translation>试试把所有步骤的强度降到 {percent:.0f} %</translation>
        </message>
        <message>
            <source>unchanged</source>
            <translation>未改动</translation>
        </message>
        <message>
            <source>unsure, perhaps {name}</source>
            <translation>不确定，可能是{name}</translation>
        </message>
        <message>
            <source>whole photo {size}, at full size</source>
            <translation>整张照片 {size}，原尺寸</translation>
        </message>
        <message>
            <source>whole photo {size}, reduced to {reduced}</source>
            <translation>整张照片 {size}，缩小到 {reduced}</translation>
        </message>
        <message>
            <source>{advice} ({reason})</source>
            <translation>{advice}（{reason}）</translation>
        </message>
        <message>
            <source>{count} missing ({names})</source>
            <translation>缺少 {count} 个（{names}）</translation>
        </message>
        <message>
            <source>{count} of a wrong shape ({names})</source>
            <translation>{count} 个形状不符（{names}）</translation>
        </message>
        <message>
            <source>{count} pictures are too few for clusters. Use at least {minimum}.</source>
            <translation>{count} 张图片太少，无法计算聚类。请至少使用 {minimum} 张。</translation>
        </message>
        <message>
            <source>{count} threads are too few. Choose 1 or more, or none for all free cores.</source>
            <translation>{count} 个线程太少。请选择 1 个或更多，或不指定以使用所有空闲核心。</translation>
        </message>
        <message>
            <source>{count} unexpected ({names})</source>
            <translation>多出 {count} 个（{names}）</translation>
        </message>
        <message>
            <source>{field} can only be written once and as it is</source>
            <translation>{field} 只能原样写一次</translation>
        </message>
        <message>
            <source>{file} already exists and was not changed. Choose another name for the photo.</source>
            <translation>{file} 已存在，未作更改。请为照片另选名称。</translation>
        </message>
        <message>
            <source>{file} already exists and was not changed. Choose another name, or allow overwriting.</source>
            <translation>{file} 已存在，未作改动。请换一个名称，或允许覆盖。</translation>
        </message>
        <message>
            <source>{file} already exists. Choose another folder, or allow overwriting.</source>
            <translation>{file} 已存在。请换一个文件夹，或允许覆盖。</translation>
        </message>
        <message>
            <source>{file} appeared meanwhile and was not replaced. Start again to save this result with a number.</source>
            <translation>{file} 在此期间出现，未被替换。请重新开始，此结果将加编号保存。</translation>
        </message>
        <message>
            <source>{file} cannot be encoded as {format} ({reason}). Choose another format, such as PNG.</source>
            <translation>无法将 {file} 编码为 {format}（{reason}）。请选择其他格式，例如 PNG。</translation>
        </message>
        <message>
            <source>{file} cannot be opened: {reason}. Choose another folder.</source>
            <translation>无法打开 {file}：{reason}。请换一个文件夹。</translation>
        </message>
        <message>
            <source>{file} cannot be read: it is not a valid file name.</source>
            <translation>无法读取 {file}：文件名无效。</translation>
        </message>
        <message>
            <source>{file} cannot be read: {reason}.</source>
            <translation>无法读取 {file}：{reason}。</translation>
        </message>
        <message>
            <source>{file} cannot be read: {reason}. {advice}</source>
            <translation>无法读取 {file}：{reason}。{advice}</translation>
        </message>
        <message>
            <source>{file} cannot be saved with quality {quality}. Choose 1 to 100.</source>
            <translation>无法以质量 {quality} 保存 {file}。请选择 1 到 100。</translation>
        </message>
        <message>
            <source>{file} cannot be saved: the image contains invalid values (NaN). Restore it again.</source>
            <translation>无法保存 {file}：图片含有无效值（NaN）。请重新修复。</translation>
        </message>
        <message>
            <source>{file} cannot be saved: {format} holds at most {most} pixels per side, and the photo has {width} × {height}. Choose PNG or TIFF.</source>
            <translation>无法保存 {file}：{format} 每边最多 {most} 像素，而照片为 {width} × {height}。请选择 PNG 或 TIFF。</translation>
        </message>
        <message>
            <source>{file} cannot be used as a detector. {reason}</source>
            <translation>{file} 不能用作检测器。{reason}</translation>
        </message>
        <message>
            <source>{file} cannot be used as a model. {reason}</source>
            <translation>{file} 不能用作模型。{reason}</translation>
        </message>
        <message>
            <source>{file} cannot be used as a model: {reason}. Download or copy it again.</source>
            <translation>{file} 不能用作模型：{reason}。请重新下载或复制。</translation>
        </message>
        <message>
            <source>{file} cannot be used: {reason}. Check that its disk has free space and can be written to; then start the same batch again.</source>
            <translation>无法使用 {file}：{reason}。请确认其磁盘有剩余空间且可写入；然后重新启动同一批处理。</translation>
        </message>
        <message>
            <source>{file} cannot be written. {reason}</source>
            <translation>无法写入 {file}。{reason}</translation>
        </message>
        <message>
            <source>{file} cannot be written: it is not a valid file name.</source>
            <translation>无法写入 {file}：文件名无效。</translation>
        </message>
        <message>
            <source>{file} cannot be written: {reason}. Choose another folder.</source>
            <translation>无法写入 {file}：{reason}。请换一个文件夹。</translation>
        </message>
        <message>
            <source>{file} cannot be written: {reason}. {advice}</source>
            <translation>无法写入 {file}：{reason}。{advice}</translation>
        </message>
        <message>
            <source>{file} claims to have {width} × {height} pixels; at most {most} megapixels and {side} pixels per side can be opened. Make it smaller first.</source>
            <translation>{file} 声称有 {width} × {height} 像素；最多可打开 {most} 百万像素、每边 {side} 像素的照片。请先缩小它。</translation>
        </message>
        <message>
            <source>{file} contains no network that DFPIR Studio or spandrel knows.</source>
            <translation>{file} 不含 DFPIR Studio 或 spandrel 认识的网络。</translation>
        </message>
        <message>
            <source>{file} contains {numbers} values as {colours} in {count} channels; photos of 8 or 16 bits in grey, RGB or CMYK can be opened. Convert it to 16-bit RGB first.</source>
            <translation>{file} 以 {count} 个通道的 {colours} 保存 {numbers} 数值；可以打开 8 位或 16 位的灰度、RGB 或 CMYK 照片。请先转换为 16 位 RGB。</translation>
        </message>
        <message>
            <source>{file} could not be downloaded: {reason}. Check the network connection, or download it from {address} and put it into {folder}.</source>
            <translation>无法下载 {file}：{reason}。请检查网络连接，或从 {address} 下载并放入 {folder}。</translation>
        </message>
        <message>
            <source>{file} could not be restored: {reason} ({kind}).</source>
            <translation>无法修复 {file}：{reason}（{kind}）。</translation>
        </message>
        <message>
            <source>{file} exists already in the target and was not replaced.</source>
            <translation>{file} 在目标文件夹中已存在，未被替换。</translation>
        </message>
        <message>
            <source>{file} exists already in the target; the sidecar was not copied over it.</source>
            <translation>{file} 已存在于结果文件夹，未用附属文件覆盖它。</translation>
        </message>
        <message>
            <source>{file} has no steps, so there is nothing to do.</source>
            <translation>{file} 没有步骤，因此无事可做。</translation>
        </message>
        <message>
            <source>{file} has {count} steps; the maximum is {limit}.</source>
            <translation>{file} 有 {count} 个步骤；最多允许 {limit} 个。</translation>
        </message>
        <message>
            <source>{file} has {size} bytes but claims {width} × {height} pixels, {ratio:.0f} times as many bytes, as no photograph has; the limit for a batch is {limit:.0f} times. If the file is sound, raise this limit.</source>
            <translation>{file} 只有 {size} 字节，却声称有 {width} × {height} 像素，是文件的 {ratio:.0f} 倍，照片不会如此；批处理最多允许 {limit:.0f} 倍。如果文件无误，请提高此限制。</translation>
        </message>
        <message>
            <source>{file} has {width} × {height} pixels and takes {size} of memory; the limit for a photo of a batch is {limit}. Raise this limit, or make the photo smaller.</source>
            <translation>{file} 有 {width} × {height} 像素，占用 {size} 内存；批处理中每张照片的限制为 {limit}。请提高此限制，或缩小照片。</translation>
        </message>
        <message>
            <source>{file} is a HEIC image that is damaged or cut short ({reason}). Copy it again from its source.</source>
            <translation>{file} 是已损坏或不完整的 HEIC 图片（{reason}）。请从来源处重新复制。</translation>
        </message>
        <message>
            <source>{file} is a HEIC image; pillow-heif, which reads these, is not installed. Install it with "pip install pillow-heif" (or the extra: dfpir-studio[heic]) and start again, or convert the image to JPEG.</source>
            <translation>{file} 是 HEIC 图片，但读取它所需的 pillow-heif 尚未安装。请运行“pip install pillow-heif”（或安装扩展 dfpir-studio[heic]）后重新启动，或将图片转换为 JPEG。</translation>
        </message>
        <message>
            <source>{file} is a JPEG with {bits} bits per channel, which cannot be opened. Open it in the program that it comes from and save it as TIFF or PNG with 16 bits.</source>
            <translation>{file} 是每通道 {bits} 位的 JPEG，无法打开。请在生成它的程序中打开，并另存为 16 位的 TIFF 或 PNG。</translation>
        </message>
        <message>
            <source>{file} is a TIFF {what} that holds no photo of 8 or 16 bits in grey, RGB, CMYK or CIELAB. Convert it to 16-bit RGB first.</source>
            <translation>{file} 是{what}的 TIFF，但其中没有 8 位或 16 位的灰度、RGB、CMYK 或 CIELAB 照片。请先转换为 16 位 RGB。</translation>
        </message>
        <message>
            <source>{file} is a TIFF {what}; tifffile and imagecodecs, which read these, are not installed. Install them with "pip install tifffile imagecodecs" (or the extra: dfpir-studio[tiff]) and start again, or save the photo as TIFF of 8 or 16 bits without compression.</source>
            <translation>{file} 是{what}的 TIFF；读取它所需的 tifffile 和 imagecodecs 尚未安装。请运行“pip install tifffile imagecodecs”（或安装附加组件 dfpir-studio[tiff]）后重新启动，或将照片另存为 8 位或 16 位的无压缩 TIFF。</translation>
        </message>
        <message>
            <source>{file} is a TorchScript program, but not the one that OpenAI published for {model}. Delete it and download it again, or use a state dict (.safetensors).</source>
            <translation>{file} 是 TorchScript 程序，但不是 OpenAI 为 {model} 发布的那个。请删除并重新下载，或使用 state dict（.safetensors）。</translation>
        </message>
        <message>
            <source>{file} is a camera raw file that cannot be read ({reason}). Develop it with a raw converter and save it as TIFF or JPEG.</source>
            <translation>{file} 是无法读取的相机 RAW 文件（{reason}）。请用 RAW 转换软件冲洗并保存为 TIFF 或 JPEG。</translation>
        </message>
        <message>
            <source>{file} is a camera raw file; rawpy, which reads these, is not installed. Install it with "pip install rawpy" (or the extra: dfpir-studio[raw]) and start again, or develop the file with a raw converter and save it as TIFF or JPEG.</source>
            <translation>{file} 是相机 RAW 文件，但读取它所需的 rawpy 尚未安装。请运行“pip install rawpy”（或安装扩展 dfpir-studio[raw]）后重新启动，或用 RAW 转换软件冲洗并保存为 TIFF 或 JPEG。</translation>
        </message>
        <message>
            <source>{file} is a file, not a folder. Choose another folder for the results.</source>
            <translation>{file} 是文件，不是文件夹。请为结果另选一个文件夹。</translation>
        </message>
        <message>
            <source>{file} is a file. Name a folder for the results.</source>
            <translation>{file} 是文件。请为结果选择文件夹。</translation>
        </message>
        <message>
            <source>{file} is a folder, not a photo. Choose a file in it.</source>
            <translation>{file} 是文件夹，不是照片。请选择其中的文件。</translation>
        </message>
        <message>
            <source>{file} is a folder. Choose a file name.</source>
            <translation>{file} 是文件夹。请选择一个文件名。</translation>
        </message>
        <message>
            <source>{file} is a folder. Choose the model file in it.</source>
            <translation>{file} 是文件夹。请选择其中的模型文件。</translation>
        </message>
        <message>
            <source>{file} is a lossless JPEG, which cannot be opened. Open it in the program that it comes from and save it as TIFF or PNG with 16 bits.</source>
            <translation>{file} 是无损 JPEG，无法打开。请在生成它的程序中打开，并另存为 16 位的 TIFF 或 PNG。</translation>
        </message>
        <message>
            <source>{file} is a {architecture}, but not one that restores RGB photos at their own size. Choose a model for noise, rain, haze, blur or low light.</source>
            <translation>{file} 是 {architecture}，但不能按原尺寸修复 RGB 照片。请选择用于噪点、雨、雾霾、模糊或低光的模型。</translation>
        </message>
        <message>
            <source>{file} is an image from an iPhone app in Apple's own variant of PNG (CgBI). Open it on a Mac and export it as PNG, or run "pngcrush -revert-iphone-optimizations".</source>
            <translation>{file} 是 iPhone 应用中的图片，采用 Apple 自有的 PNG 变体（CgBI）。请在 Mac 上打开并导出为 PNG，或运行“pngcrush -revert-iphone-optimizations”。</translation>
        </message>
        <message>
            <source>{file} is cut short. Copy it again from its source.</source>
            <translation>{file} 不完整。请从来源处重新复制。</translation>
        </message>
        <message>
            <source>{file} is damaged or cut short and cannot be opened ({reason}). Copy it again from its source.</source>
            <translation>{file} 已损坏或不完整，无法打开（{reason}）。请从来源处重新复制。</translation>
        </message>
        <message>
            <source>{file} is damaged or cut short, or a BMP of a rare kind. Get another copy, or save it as PNG.</source>
            <translation>{file} 已损坏或不完整，或是一种罕见的 BMP。请另取一份，或将它保存为 PNG。</translation>
        </message>
        <message>
            <source>{file} is damaged or cut short. Copy it again from its source.</source>
            <translation>{file} 已损坏或不完整。请从来源处重新复制。</translation>
        </message>
        <message>
            <source>{file} is damaged: {reason}. The results are intact, but it is unknown which photos are done and which steps were set for single photos. To continue, move it away with the files whose names begin with the same characters, and name a new folder for the results: all photos are then restored again.</source>
            <translation>{file} 已损坏：{reason}。结果文件完好，但已无法得知哪些照片已完成、哪些照片单独设过步骤。要继续，请将它和名称以它开头的文件一并移走，并为结果另选一个新文件夹；所有照片将重新修复。</translation>
        </message>
        <message>
            <source>{file} is empty (0 bytes). Copy it again from its source.</source>
            <translation>{file} 是空文件（0 字节）。请从来源处重新复制。</translation>
        </message>
        <message>
            <source>{file} is not a model file. Choose a file that ends in {suffixes}.</source>
            <translation>{file} 不是模型文件。请选择以 {suffixes} 结尾的文件。</translation>
        </message>
        <message>
            <source>{file} is not a photo that can be read. Convert it to one of: {kinds}.</source>
            <translation>{file} 不是可读取的照片。请转换为以下格式之一：{kinds}。</translation>
        </message>
        <message>
            <source>{file} is not a recipe: it has no entry "recipe". Choose a file named *.recipe.json.</source>
            <translation>{file} 不是配方：它没有“recipe”条目。请选择名为 *.recipe.json 的文件。</translation>
        </message>
        <message>
            <source>{file} is not a recipe: it is not text in UTF-8.</source>
            <translation>{file} 不是配方：它不是 UTF-8 文本。</translation>
        </message>
        <message>
            <source>{file} is not a recipe: it is not valid JSON ({reason}).</source>
            <translation>{file} 不是配方：它不是有效的 JSON（{reason}）。</translation>
        </message>
        <message>
            <source>{file} is not a regular file. Copy the photo to a file first.</source>
            <translation>{file} 不是普通文件。请先将照片复制为文件。</translation>
        </message>
        <message>
            <source>{file} is of a kind that cannot be opened ({reason}). Open it in another program and save it as PNG, or as TIFF without compression.</source>
            <translation>{file} 的类型无法打开（{reason}）。请在其他程序中打开，并另存为 PNG 或无压缩的 TIFF。</translation>
        </message>
        <message>
            <source>{file} is too large for a preview: it can only be decoded as a whole.</source>
            <translation>{file} 太大，无法生成预览：它只能整体解码。</translation>
        </message>
        <message>
            <source>{file} is too large for a recipe. Choose a file named *.recipe.json.</source>
            <translation>{file} 太大，不是配方。请选择名为 *.recipe.json 的文件。</translation>
        </message>
        <message>
            <source>{file} is {what}. Convert it to one of: {kinds}.</source>
            <translation>{file} 是{what}。请转换为以下格式之一：{kinds}。</translation>
        </message>
        <message>
            <source>{file} took longer than {seconds:g} s, the time limit of a photo, and was stopped. Raise the limit, or restore it alone.</source>
            <translation>{file} 用时超过每张照片的时限 {seconds:g} 秒，已停止。请提高时限，或单独修复它。</translation>
        </message>
        <message>
            <source>{file} was changed during processing. Start again with the new photo.</source>
            <translation>{file} 在处理过程中被更改。请用新照片重新开始。</translation>
        </message>
        <message>
            <source>{file} was changed meanwhile and was not replaced. Start again to save this result with a number.</source>
            <translation>{file} 在此期间被更改，因此没有替换。请重新开始，以便用编号保存此结果。</translation>
        </message>
        <message>
            <source>{file} was not written. {reason}</source>
            <translation>未写入 {file}。{reason}</translation>
        </message>
        <message>
            <source>{file} was written by a later version of this program, or is damaged. Update DFPIR Studio; if that does not help, move the file away and name a new folder for the results.</source>
            <translation>{file} 由本程序的更新版本写成，或已损坏。请更新 DFPIR Studio；若仍然不行，请将该文件移走，并为结果另选一个新文件夹。</translation>
        </message>
        <message>
            <source>{file} was written by a newer program: its format is version {version}, and this program knows {known}. Install the newer program.</source>
            <translation>{file} 由更新的程序写成：其格式为版本 {version}，而本程序认识 {known}。请安装更新的程序。</translation>
        </message>
        <message>
            <source>{file}: "geometry" must hold "quarters", 0 to 3, and "crop", four numbers or null, not {value}.</source>
            <translation>{file}：“geometry”必须包含“quarters”（0 到 3）和“crop”（四个数字或 null），而不是 {value}。</translation>
        </message>
        <message>
            <source>{file}: "precision" must be one of {known}, not {value}.</source>
            <translation>{file}：“precision”必须是 {known} 之一，而不是 {value}。</translation>
        </message>
        <message>
            <source>{file}: "quality_mode" must be standard or best, not {value}.</source>
            <translation>{file}：“quality_mode”必须是 standard 或 best，而不是 {value}。</translation>
        </message>
        <message>
            <source>{file}: "recipe" must be the version of the format, a whole number, not {value}.</source>
            <translation>{file}：“recipe”必须是格式版本（整数），而不是 {value}。</translation>
        </message>
        <message>
            <source>{file}: "sha256" must be 64 hexadecimal digits or empty, not {value}.</source>
            <translation>{file}：“sha256”必须是 64 位十六进制数字或为空，而不是 {value}。</translation>
        </message>
        <message>
            <source>{file}: "{name}" must be {kind}, not {value}.</source>
            <translation>{file}：“{name}”必须是{kind}，而不是 {value}。</translation>
        </message>
        <message>
            <source>{file}: step {number} must be an object, not {value}.</source>
            <translation>{file}：步骤 {number} 必须是对象，而不是 {value}。</translation>
        </message>
        <message>
            <source>{file}: step {number} removes {name}, which is not known. Known are: {known}.</source>
            <translation>{file}：步骤 {number} 要去除的 {name} 未知。已知的有：{known}。</translation>
        </message>
        <message>
            <source>{file}: step {number}: {reason}</source>
            <translation>{file}：步骤 {number}：{reason}</translation>
        </message>
        <message>
            <source>{file}: the strength of step {number} must be a number from 0 to 1, not {value}.</source>
            <translation>{file}：步骤 {number} 的强度必须是 0 到 1 的数，而不是 {value}。</translation>
        </message>
        <message>
            <source>{file}: the worker process ended while it restored this photo, probably because memory ran out. Make the photo smaller.</source>
            <translation>{file}：工作进程在修复这张照片时结束，可能是因为内存耗尽。请缩小照片。</translation>
        </message>
        <message>
            <source>{file}: {part} has entries that this program does not know: {names}.</source>
            <translation>{file}：{part}含有此程序不认识的条目：{names}。</translation>
        </message>
        <message>
            <source>{file}: {part} lacks {names}.</source>
            <translation>{file}：{part}缺少 {names}。</translation>
        </message>
        <message>
            <source>{file}: {reason}</source>
            <translation>{file}：{reason}</translation>
        </message>
        <message>
            <source>{first}, {first_region}; {second}, {second_region}; prompt {prompt}, model {model}</source>
            <translation>{first}，{first_region}；{second}，{second_region}；提示：{prompt}，模型：{model}</translation>
        </message>
        <message>
            <source>{first}, {second}</source>
            <translation>{first}，{second}</translation>
        </message>
        <message>
            <source>{folder} cannot hold the results as well: sources are never changed. Name another folder; it may be inside this one.</source>
            <translation>{folder} 不能同时存放结果：源照片绝不改动。请另选文件夹，可以位于它里面。</translation>
        </message>
        <message>
            <source>{folder} contains the source, so results could be written among the photos. Name another folder; it may be inside the source.</source>
            <translation>{folder} 包含源文件夹，结果可能会写入照片之中。请另选文件夹，可以位于源文件夹里面。</translation>
        </message>
        <message>
            <source>{folder} holds results of another source, {source}. Name another folder for these, or remove the results and the files whose names begin with .dfpir-batch.</source>
            <translation>{folder} 含有另一来源 {source} 的结果。请为这些照片另选文件夹，或删除那些结果以及名称以 .dfpir-batch 开头的文件。</translation>
        </message>
        <message>
            <source>{folder} is no longer the folder that results were written to: it was renamed or removed, or its disk was disconnected. Restore it, and start again.</source>
            <translation>{folder} 已不再是写入结果的那个文件夹：它被重命名或删除，或所在磁盘已断开。请将其恢复后重新开始。</translation>
        </message>
        <message>
            <source>{folder} is not a folder. Name a folder with photos.</source>
            <translation>{folder} 不是文件夹。请选择含有照片的文件夹。</translation>
        </message>
        <message>
            <source>{folder} is not a folder. Name the folder that holds the photos.</source>
            <translation>{folder} 不是文件夹。请选择存放照片的文件夹。</translation>
        </message>
        <message>
            <source>{folder} points outside the target. Remove the link, and start again.</source>
            <translation>{folder} 指向目标文件夹之外。请删除该链接后重新开始。</translation>
        </message>
        <message>
            <source>{folder}: {reason}</source>
            <translation>{folder}：{reason}</translation>
        </message>
        <message>
            <source>{format} cannot be saved with {asked} bits per channel, only with {low} or {high}.</source>
            <translation>{format} 不能以每通道 {asked} 位保存，只能用 {low} 或 {high} 位。</translation>
        </message>
        <message>
            <source>{format} cannot be saved with {asked} bits per channel, only with {offered}.</source>
            <translation>{format} 不能以每通道 {asked} 位保存，只能用 {offered} 位。</translation>
        </message>
        <message>
            <source>{machine} cannot access {folder}. All machines need the same paths.</source>
            <translation>{machine} 看不到 {folder}。所有机器需要相同的路径。</translation>
        </message>
        <message>
            <source>{machine} has another model called {model}. Copy the same one there.</source>
            <translation>{machine} 上名为 {model} 的模型不同。请将同一个模型复制过去。</translation>
        </message>
        <message>
            <source>{names} and {count} more</source>
            <translation>{names} 以及另外 {count} 个</translation>
        </message>
        <message>
            <source>{names} and {last}</source>
            <translation>{names}和{last}</translation>
        </message>
        <message>
            <source>{name} is {shape}, expected {expected}</source>
            <translation>{name} 为 {shape}，应为 {expected}</translation>
        </message>
        <message>
            <source>{name}, {region}, model {model}</source>
            <translation>{name}，{region}，模型：{model}</translation>
        </message>
        <message>
            <source>{name}, {region}, prompt {prompt}</source>
            <translation>{name}，{region}，提示：{prompt}</translation>
        </message>
        <message>
            <source>{name}, {region}, prompt {prompt}, model {model}</source>
            <translation>{name}，{region}，提示：{prompt}，模型：{model}</translation>
        </message>
        <message>
            <source>{name}: {percent:.0f} % is proposed, since more may do harm ({problem}).</source>
            <translation>{name}：建议强度为 {percent:.0f} %，更高可能会损坏照片（{problem}）。</translation>
        </message>
        <message>
            <source>{problem}.</source>
            <translation>{problem}。</translation>
        </message>
        <message>
            <source>{problem}: {advice}.</source>
            <translation>{problem}：{advice}。</translation>
        </message>
        <message>
            <source>{prompts} cannot be added: this model's prompts were made by {encoder}, and the available text encoder is {other}. Choose the model's encoder.</source>
            <translation>无法添加 {prompts}：此模型的提示由 {encoder} 生成，而现有的文本编码器是 {other}。请选择模型的编码器。</translation>
        </message>
        <message>
            <source>{reason} The photos that were not reached wait for the next run.</source>
            <translation>{reason}尚未处理的照片等待下次运行。</translation>
        </message>
        <message>
            <source>{reason} This photo and those that were not reached wait for the next run.</source>
            <translation>{reason}这张照片和尚未处理的照片等待下次运行。</translation>
        </message>
        <message>
            <source>{share:.2%} of the pixels have colours outside {space}; these were clipped. A larger colour space keeps them.</source>
            <translation>{share:.2%} 的像素颜色超出 {space}，已被截断。更大的色彩空间可以保留它们。</translation>
        </message>
        <message>
            <source>{value} is not a possible size. Choose {low:g} to {high:g} {unit}.</source>
            <translation>{value} 不是可用的尺寸。请选择 {low:g} 到 {high:g} {unit}。</translation>
        </message>
        <message>
            <source>γ = {value:g} is out of range. Choose more than 0 and at most 1.</source>
            <translation>γ = {value:g} 超出范围。请选择大于 0 且不超过 1 的值。</translation>
        </message>
        <message>
            <source>γ {keep:g}</source>
            <translation>γ {keep:g}</translation>
        </message>
        <message>
            <source>“{prompt}”</source>
            <translation>“{prompt}”</translation>
        </message>
    </context>
</TS>
